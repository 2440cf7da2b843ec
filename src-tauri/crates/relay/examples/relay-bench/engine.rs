//! Programs that relay.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kaibo_live::push::PushAddress;
use kaibo_relay::{Relay, Settings};
use secrecy::ExposeSecret as _;
use tokio::time::sleep;

use super::common::{address, id};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Kaibo,
    Nginx,
    Ffmpeg,
}

/// A program that relays, until it is dropped.
pub struct Engine {
    child: Child,
    /// Where it is pushed to; `None` for one that reads the file.
    pub address: Option<PushAddress>,
}

/// What a program has used.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub cpu: Duration,
    /// Resident, now and at most, kB.
    pub now: f64,
    pub peak: f64,
}

/// The relay alone: targets on the standard input, a line each; the way in on the standard output. Runs until the
/// input ends.
pub async fn relay() {
    let relay = Relay::start(Settings::new(0, "live", "bench".to_owned().into())).expect("a port");
    let mut lines = std::io::stdin().lines();
    for number in 0..5 {
        let line = lines.next().expect("five targets").expect("text");
        let address = PushAddress::split(&line).expect("an address");
        assert!(relay.add(id(&number.to_string()), address));
    }
    println!("{}", relay.address().whole().expose_secret());
    // The relay has its own thread; this one has nothing else to do.
    let _ = lines.next();
    relay.stop().await;
}

impl Engine {
    pub async fn start(kind: Kind, folder: &Path, targets: &[PushAddress]) -> Self {
        let targets: Vec<String> =
            targets.iter().map(|target| target.whole().expose_secret().to_owned()).collect();
        match kind {
            Kind::Kaibo => kaibo(&targets),
            Kind::Nginx => nginx(folder, &targets).await,
            Kind::Ffmpeg => ffmpeg(folder, &targets),
        }
    }

    pub fn usage(&self) -> Usage {
        let proc = Path::new("/proc").join(self.child.id().to_string());
        let mut nanos = 0;
        for task in fs::read_dir(proc.join("task")).expect("it runs") {
            // A thread may end while it is looked at.
            let text =
                fs::read_to_string(task.expect("an entry").path().join("schedstat")).unwrap_or_default();
            nanos += text.split(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        }
        let status = fs::read_to_string(proc.join("status")).expect("it runs");
        let kb = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
            line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number")
        };
        Usage { cpu: Duration::from_nanos(nanos), now: kb("VmRSS:"), peak: kb("VmHWM:") }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kaibo(targets: &[String]) -> Engine {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg("engine")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program again");
    let input = child.stdin.as_mut().expect("piped");
    for target in targets {
        writeln!(input, "{target}").expect("read");
    }
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a line");
    Engine { child, address: Some(PushAddress::split(&line).expect("an address")) }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn nginx(folder: &Path, targets: &[String]) -> Engine {
    let port = free_port();
    let pushes: Vec<String> = targets.iter().map(|target| format!("push {target};")).collect();
    let text = format!(
        "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
         daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n\
         events {{}}\n\
         rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{ live on;\n{1} }} }} }}\n",
        folder.display(),
        pushes.join("\n")
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, text).unwrap();
    let child = Command::new("/usr/sbin/nginx")
        .arg("-p")
        .arg(folder)
        .arg("-e")
        .arg(folder.join("error.log"))
        .arg("-c")
        .arg(file)
        .spawn()
        .expect("nginx with its RTMP module: src-tauri/scripts/setup.sh test");
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    Engine { child, address: Some(address(&format!("rtmp://127.0.0.1:{port}/live"), "source")) }
}

/// It reads the file at the speed of life: what listens for a push stops for as long as one sink is frozen.
fn ffmpeg(folder: &Path, targets: &[String]) -> Engine {
    let options = "f=fifo:fifo_format=flv:drop_pkts_on_overflow=1:attempt_recovery=1:recovery_wait_time=1:\
                   recover_any_error=1:onfail=ignore";
    let tee: Vec<String> = targets.iter().map(|target| format!("[{options}]{target}")).collect();
    let child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "fatal", "-re", "-i"])
        .arg(folder.join("source.flv"))
        .args(["-c", "copy", "-map", "0", "-f", "tee", &tee.join("|")])
        .stdin(Stdio::null())
        .spawn()
        .expect("ffmpeg");
    Engine { child, address: None }
}
