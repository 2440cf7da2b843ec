#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kaibo_fuzz_targets::publisher(data));
