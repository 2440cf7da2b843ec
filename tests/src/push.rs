//! Real video by ffmpeg, and the system's clipboard.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// What the clipboard holds, read by another program.
pub async fn clipboard() -> String {
    let mut xclip = Command::new("xclip");
    let out = xclip.args(["-selection", "clipboard", "-o"]).kill_on_drop(true).output();
    // An owner that has just gone never answers; the next look will.
    let out = tokio::time::timeout(Duration::from_secs(5), out).await;
    out.map(|out| String::from_utf8(out.unwrap().stdout).unwrap()).unwrap_or_default()
}

fn address(server: &str, key: &str) -> String {
    format!("{}/{key}", server.strip_suffix('/').unwrap_or(server))
}

/// ffmpeg, pushing a test picture and a tone until it is dropped.
pub struct Push(Child);

impl Push {
    /// Pushes to server and key as OBS joins them: one slash between, the key verbatim.
    pub fn start(server: &str, key: &str) -> Self {
        Self::to(&["-f", "flv", &address(server, key)])
    }

    /// The same, and each packet goes into an FLV file too.
    pub fn start_recording(server: &str, key: &str, file: &Path) -> Self {
        let both = format!("[f=flv]{}|[f=flv:flush_packets=1]{}", address(server, key), file.display());
        Self::to(&["-map", "0:v", "-map", "1:a", "-flags", "+global_header", "-f", "tee", &both])
    }

    fn to(output: &[&str]) -> Self {
        let child = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-re"])
            .args(["-f", "lavfi", "-i", "testsrc=size=640x360:rate=15"])
            .args(["-f", "lavfi", "-i", "sine=frequency=440"])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15"])
            .args(["-pix_fmt", "yuv420p", "-b:v", "500k", "-c:a", "aac", "-t", "120"])
            .args(output)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("ffmpeg starts (Debian package ffmpeg)");
        Self(child)
    }

    /// Waits until ffmpeg gives up by itself; true when it ended with an error.
    pub async fn was_refused(mut self) -> bool {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.0.wait()).await;
        ended.is_ok_and(|status| !status.unwrap().success())
    }

    /// Stops pushing.
    pub async fn stop(mut self) {
        self.0.kill().await.unwrap();
    }
}
