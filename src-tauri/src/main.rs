//! Starts Kaibo.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(target_os = "linux")]
mod web_view;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    web_view::tell();
    kaibo::run()
}
