//! Saves that are killed in the middle.
//!
//! ```text
//! kaibo-saves kill COUNT SEED [SUMMARY.json]   until COUNT of Kaibo's saves were hit by a kill
//! kaibo-saves full [SUMMARY.json]              saves on a disk without room
//! ```
//!
//! A second process saves as fast as it can, all at once: preferences by the shell's own code, the database by the
//! domain's, an export of the history by the domain's, and the same preferences by tauri-plugin-store alone. Each value
//! has a number from which all of it follows. The process says when a save begins and when it was told that it is kept,
//! and is killed (`SIGKILL`) at a moment that the seed picks. The next one reads everything with the program's own
//! readers before it saves on.
//!
//! A save counts as *killed* when it had begun and nobody was told yet that it is kept. Something is *lost* when what is
//! read afterwards isn't whole, or is older than the last save that was told to be kept, or than what was read before.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(test, allow(clippy::unwrap_used))] // the shell's own tests

mod kill;
// The shell's own file: what is killed here is what the program does.
#[path = "../../../src-tauri/src/preferences.rs"]
mod preferences;
mod tally;
mod value;
mod writer;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("saves: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers whether Kaibo lost nothing.
fn run(arguments: &[String]) -> Result<bool> {
    let word = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
    let summary = |at: usize| arguments.get(at).map(Path::new);
    match word(0) {
        "kill" => kill::until_killed(word(1).parse()?, word(2).parse()?)?.told("killed", summary(3)),
        "full" => kill::without_room()?.told("full_disk", summary(1)),
        "write" => writer::write(Path::new(word(1)), word(2).parse()?, word(3).parse()?).map(|()| true),
        _ => Err("kaibo-saves kill COUNT SEED [SUMMARY.json] | full [SUMMARY.json]".into()),
    }
}
