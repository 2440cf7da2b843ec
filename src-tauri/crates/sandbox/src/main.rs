//! Runs the sandbox by itself.

fn main() {}
