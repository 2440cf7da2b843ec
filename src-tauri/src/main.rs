//! Starts Kaibo.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(target_os = "linux")]
mod drawing;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    drawing::choose();
    kaibo::run()
}
