//! Runs the sandbox by itself: `cargo run -p kaibo-sandbox`.

// The one place of the workspace that talks to a terminal. What it prints are sandbox values, made
// anew with every start and good for nothing else.
#![allow(clippy::print_stdout)]

use kaibo_sandbox::{Config, Sandbox};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let sandbox = Sandbox::start(Config::default()).await?;
    println!("{}\n", sandbox.addresses());
    for account in sandbox.accounts() {
        println!("[{}] {}", account.platform, account.name);
        for (field, value) in account.settings.iter().chain(&account.secrets) {
            println!("  {field} = {value}");
        }
        println!();
    }
    println!("Push a test picture to the address that a room gives:");
    println!("  ffmpeg -re -f lavfi -i testsrc=size=640x360:rate=15 -f lavfi -i sine \\");
    println!("    -c:v libx264 -preset ultrafast -g 30 -c:a aac -f flv \"SERVER/KEY\"");
    println!("Ctrl-C ends everything.");
    tokio::signal::ctrl_c().await
}
