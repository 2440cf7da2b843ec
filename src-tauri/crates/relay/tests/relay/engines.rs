//! Configurations for other programs, tried with those that can be had: nginx itself, and what SRS and `MediaMTX` are
//! told to start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kaibo_live::push::PushAddress;
use kaibo_live::relay::engines::{Engine, EngineConfig, EngineTarget, configuration};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::common::address;
use crate::common::clip::Clip;
use crate::common::sink::{Mood, Sink};
use crate::common::until;
use crate::real::{Running, free_port, nginx, nginx_at, push};

/// What comes to no good in a file that isn't written with care.
const KEYS: [&str; 2] = [r#"made-up "one"; \ $x ${y} # '?a=1&b=2"#, "?streamname=made-up-two&key=0-0-ab"];

fn targets(sinks: &[Sink; 2]) -> Vec<EngineTarget> {
    let target =
        |(sink, key): (&Sink, &&str)| EngineTarget { name: "小满".into(), push: sink.address(key) };
    sinks.iter().zip(&KEYS).map(target).collect()
}

/// Puts the files where a test may write.
fn unpack(config: &EngineConfig, folder: &Path, change: impl Fn(&str) -> String) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), change(text)).unwrap();
    write(config.main.0, &config.main.1);
    config.plain.iter().for_each(|(name, text)| write(name, text));
    for (name, text) in &config.secret {
        fs::write(folder.join(name), text.expose_secret()).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Pictures come to both sinks, with the keys as they are, and are the source's.
async fn arrives(sinks: &[Sink; 2], source: &Clip) {
    for (sink, key) in sinks.iter().zip(KEYS) {
        until(30, "pictures", || sink.tags().iter().filter(|tag| tag.is_picture()).count() > 30).await;
        assert_eq!(sink.keys().first().map(String::as_str), Some(key));
        // ffmpeg counts the time of composition anew.
        let essence = |body: &bytes::Bytes| body.slice(5.min(body.len())..);
        let known: Vec<_> = source.0.iter().map(|tag| essence(&tag.body)).collect();
        let foreign =
            |tag: &&crate::common::clip::Tag| tag.is_picture() && !known.contains(&essence(&tag.body));
        assert!(!sink.tags().iter().any(|tag| foreign(&tag)), "only what was pushed");
    }
}

/// Command lines of all programs.
fn command_lines() -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .collect()
}

fn source(folder: &TempDir) -> (std::path::PathBuf, Clip) {
    let file = folder.path().join("source.flv");
    Clip::encode(&file, 15, 1000);
    let clip = Clip::read(&file);
    (file, clip)
}

#[tokio::test]
async fn nginx_runs_with_what_is_written_for_it() {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let (file, clip) = source(&folder);
    let sinks = [Sink::start(Mood::Reads), Sink::start(Mood::Reads)];
    let mut targets = targets(&sinks);
    // One that isn't there, which nginx has something to say about.
    let nobody = address(&format!("rtmp://127.0.0.1:{}/live", free_port()), "made-up-three");
    targets.push(EngineTarget { name: "nobody".into(), push: nobody });
    let config = configuration(Engine::NginxRtmp, &targets, None).unwrap();
    let at = folder.path().display().to_string();
    unpack(&config, folder.path(), |text| {
        text.replace("127.0.0.1:1935", &format!("127.0.0.1:{port}"))
            .replace("/var/log/nginx", &at)
            .replace("/run/nginx.pid", &format!("{at}/pid"))
    });
    let _nginx = nginx_at(folder.path(), &["-g", "daemon off; master_process off;"]);
    until(30, "nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    let to = address(&format!("rtmp://127.0.0.1:{port}/live"), "kaibo");
    let mut ffmpeg = push(&file, &to);
    // Now and then Debian's nginx-rtmp takes a push and hands nothing on.
    sleep(Duration::from_secs(5)).await;
    if sinks.iter().any(|sink| sink.count() == 0) {
        drop(ffmpeg);
        ffmpeg = push(&file, &to);
    }
    arrives(&sinks, &clip).await;
    drop(ffmpeg);
    let log = fs::read_to_string(folder.path().join("error.log")).unwrap_or_default();
    assert!(!log.contains("made-up"), "nginx has written a key down: {log}");
}

/// A stream at nginx, which stands in for an engine that is read from, and its whole address.
async fn stand_in(folder: &TempDir, file: &Path) -> (Running, Running, String) {
    let (server, port) = nginx(folder);
    until(30, "nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    let at = address(&format!("rtmp://127.0.0.1:{port}/live"), "kaibo");
    let whole = at.whole().expose_secret().to_owned();
    (server, push(file, &at), whole)
}

#[tokio::test]
async fn what_media_mtx_starts_sends_to_all_and_ends_with_it() {
    let folder = TempDir::new().unwrap();
    let (file, clip) = source(&folder);
    let sinks = [Sink::start(Mood::Reads), Sink::start(Mood::Reads)];
    let config = configuration(Engine::MediaMtx, &targets(&sinks), None).unwrap();
    let (_server, _ffmpeg, input) = stand_in(&folder, &file).await;
    let at = folder.path().display().to_string();
    unpack(&config, folder.path(), |text| {
        text.replace("rtmp://127.0.0.1:1935/live/kaibo", &input).replace("/etc/kaibo", &at)
    });
    let script = folder.path().join("kaibo-push.sh");
    // Where the tests run in a shell's background, SIGINT is ignored, and a shell can't take that back.
    let mut shell = Command::new("env");
    shell.args(["--default-signal=INT", "/bin/sh"]).arg(&script).stdin(Stdio::null());
    let mut running = Running(shell.spawn().unwrap());
    arrives(&sinks, &clip).await;
    let senders =
        || command_lines().iter().filter(|line| line.contains("-fpre") && line.contains(&at)).count();
    assert_eq!(senders(), 2);
    assert!(!command_lines().iter().any(|line| line.contains("made-up")), "keys stand in no command line");
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    until(30, "the script has ended", || running.0.try_wait().unwrap().is_some()).await;
    until(30, "all that it started has ended", || senders() == 0).await;
}

#[tokio::test]
async fn what_srs_starts_sends() {
    let folder = TempDir::new().unwrap();
    let (file, clip) = source(&folder);
    let sinks = [Sink::start(Mood::Reads), Sink::start(Mood::Reads)];
    let config = configuration(Engine::Srs, &targets(&sinks), None).unwrap();
    let (_server, _ffmpeg, input) = stand_in(&folder, &file).await;
    let at = folder.path().display().to_string();
    unpack(&config, folder.path(), |text| {
        text.replace("rtmp://127.0.0.1:1935/live/kaibo", &input).replace("/etc/kaibo", &at)
    });
    // As SRS does: by the words, without a shell.
    let text = fs::read_to_string(folder.path().join("srs.conf")).unwrap();
    let started: Vec<Running> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("publish ")?.strip_suffix(';'))
        .map(|line| {
            let mut words = line.split_whitespace();
            let program = words.next().unwrap();
            Running(Command::new(program).args(words).stdin(Stdio::null()).spawn().unwrap())
        })
        .collect();
    assert_eq!(started.len(), 2);
    arrives(&sinks, &clip).await;
    assert!(!command_lines().iter().any(|line| line.contains("made-up")), "keys stand in no command line");
}

/// Keeps the shape of what a parser would take in: SRS's and nginx's braces and semicolons, and YAML's indents.
#[test]
fn the_texts_are_well_formed() {
    let target =
        EngineTarget { name: "a; } {".into(), push: PushAddress::split("rtmp://h:1936/a/k").unwrap() };
    for engine in [Engine::NginxRtmp, Engine::Srs] {
        let config = configuration(engine, std::slice::from_ref(&target), None).unwrap();
        let lines =
            config.main.1.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut depth = 0;
        for line in lines {
            assert!(line.ends_with([';', '{', '}']), "{engine:?}: {line}");
            depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
            assert!(depth >= 0);
        }
        assert_eq!(depth, 0, "{engine:?}");
    }
}
