//! Real programs on both sides: ffmpeg in, nginx-rtmp out.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kaibo_live::push::PushAddress;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::common::clip::{Clip, times_never_go_back};
use crate::common::sink::{Mood, Sink};
use crate::common::{address, id, relay, until};

/// A program that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn push(file: &Path, to: &PushAddress) -> Running {
    let child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-re", "-i"])
        .arg(file)
        .args(["-c", "copy", "-f", "flv", to.whole().expose_secret()])
        .stdin(Stdio::null())
        .spawn()
        .expect("ffmpeg");
    Running(child)
}

/// nginx-rtmp on a free port, which records what it gets into `folder`.
pub(crate) fn nginx(folder: &TempDir) -> (Running, u16) {
    let port = free_port();
    let folder = folder.path();
    let text = format!(
        "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
         daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n\
         events {{}}\n\
         rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{\n\
           live on; record all; record_path {0}; record_suffix .flv; }} }} }}\n",
        folder.display()
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
    (nginx_at(folder, &[]), port)
}

/// nginx with the `nginx.conf` of a folder.
pub(crate) fn nginx_at(folder: &Path, arguments: &[&str]) -> Running {
    let child = Command::new("/usr/sbin/nginx")
        .arg("-p")
        .arg(folder)
        .arg("-e")
        .arg(folder.join("error.log"))
        .arg("-c")
        .arg(folder.join("nginx.conf"))
        .args(arguments)
        .spawn()
        .expect("nginx with its RTMP module: src-tauri/scripts/setup.sh test");
    Running(child)
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn ffmpeg_in_and_nginx_out_packet_by_packet() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("source.flv");
    Clip::encode(&file, 5, 3000);
    let (_nginx, port) = nginx(&folder);
    let relay = relay(|_| {});
    let sink = Sink::start(Mood::Reads);
    relay.add(id("sink"), sink.address("k"));
    relay.add(id("nginx"), address(&format!("rtmp://127.0.0.1:{port}/live"), "room"));
    until(20, "nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    let source = Clip::read(&file);
    let ffmpeg = push(&file, relay.address());
    until(15, "all arrived", || sink.count() >= source.0.len()).await;
    drop(ffmpeg);
    relay.stop().await;
    assert!(sink.bodies() == source.bodies(), "every packet of the source, and no other");
    times_never_go_back(&sink.tags());

    let recorded = folder.path().join("room.flv");
    until(20, "nginx has written", || recorded.exists() && Clip::read(&recorded).0.len() >= source.0.len())
        .await;
    // nginx writes the headers that it keeps once more.
    let packets = |clip: &Clip| -> Vec<_> { clip.0.iter().filter(|tag| !tag.is_setup()).cloned().collect() };
    assert!(packets(&Clip::read(&recorded)) == packets(&source), "as nginx recorded it, times and all");
    let decoded = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-xerror", "-i"])
        .arg(&recorded)
        .args(["-f", "null", "-"])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && words.is_empty(), "decodes without an error: {words}");
}
