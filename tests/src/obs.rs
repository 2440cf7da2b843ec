//! A real OBS, on the test's screen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use kaibo_live::encoder::{Encoder, EncoderAddress, EncoderDriver as _};
use kaibo_live::secret::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{Recording, until};

/// OBS with a profile of its own, a small black picture, and its server on. Dropping it ends it, whatever state
/// it is in.
pub struct Obs {
    config: PathBuf,
    port: u16,
    password: String,
    process: Option<Child>,
    records: bool,
    _home: Option<TempDir>,
}

/// Older than version 30, OBS keeps its server's settings here. Without `FirstRun` it opens its wizard.
fn settings(port: u16, password: &str) -> String {
    format!(
        "[General]\nFirstRun=true\nEnableAutoUpdates=false\n\n[OBSWebSocket]\nFirstLoad=false\n\
         ServerEnabled=true\nServerPort={port}\nAlertsEnabled=false\nAuthRequired=true\n\
         ServerPassword={password}\n"
    )
}

/// Little to encode, and a server that it lost is tried again every second.
const PROFILE: &str = "[General]\nName=Kaibo\n\n\
    [Video]\nBaseCX=640\nBaseCY=360\nOutputCX=640\nOutputCY=360\nFPSType=1\nFPSInt=10\n\n\
    [Output]\nMode=Simple\nReconnect=true\nRetryDelay=1\nMaxRetries=25\n\n\
    [SimpleOutput]\nVBitrate=300\nABitrate=64\nUseAdvanced=true\nPreset=ultrafast\nStreamEncoder=x264\n";

/// Records by the encoder that it streams with. A key frame every two seconds, also for who comes later, and pictures
/// that are shown in another order than they are sent.
const RECORDS: &str =
    "RecQuality=Stream\nRecFormat=flv\nRecFormat2=flv\nx264Settings=keyint=20 bframes=2 b-adapt=0\n";

/// A scene with a film in it.
fn scene(film: &Path) -> String {
    let source = |id: &str, name: &str, settings: Value| {
        let mixers = 255;
        json!({ "id": id, "name": name, "settings": settings, "mixers": mixers })
    };
    let settings = json!({ "local_file": film, "is_local_file": true, "looping": true });
    let item = json!({ "name": "Film", "id": 1, "visible": true, "scale": { "x": 1.0, "y": 1.0 } });
    json!({
        "name": "Kaibo", "current_scene": "Evening", "current_program_scene": "Evening",
        "scene_order": [{ "name": "Evening" }],
        "sources": [
            source("ffmpeg_source", "Film", settings),
            source("scene", "Evening", json!({ "items": [item], "id_counter": 1 })),
        ],
    })
    .to_string()
}

/// Pictures and sounds none of which is like another, for a minute.
async fn film(at: &Path) {
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10"])
        .args(["-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=48000:seed=7"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
        .args(["-c:a", "aac", "-t", "60"])
        .arg(at)
        .stdin(Stdio::null())
        .status();
    assert!(done.await.expect("ffmpeg starts (Debian package ffmpeg)").success());
}

impl Obs {
    /// Starts OBS with settings of its own and waits until its server answers.
    pub async fn start(password: &str) -> Self {
        let home = TempDir::new().unwrap();
        let mut obs = Self::prepare(home.path().to_owned(), password, Some(home));
        obs.start_again().await;
        obs
    }

    /// The same, with a film in its picture, and recording what its encoder makes from before anything is streamed.
    pub async fn start_recording(password: &str) -> Self {
        let home = TempDir::new().unwrap();
        let mut obs = Self::prepare(home.path().to_owned(), password, Some(home));
        let (film_at, records) = (obs.config.join("film.mkv"), obs.records_into());
        film(&film_at).await;
        fs::create_dir_all(&records).unwrap();
        let profile = format!("{PROFILE}FilePath={}\n{RECORDS}", records.display());
        fs::write(obs.folder().join("basic/profiles/Kaibo/basic.ini"), profile).unwrap();
        fs::create_dir_all(obs.folder().join("basic/scenes")).unwrap();
        fs::write(obs.folder().join("basic/scenes/Kaibo.json"), scene(&film_at)).unwrap();
        obs.records = true;
        obs.start_again().await;
        until("the film in OBS's record", || async {
            let audio = obs.record()?.audio;
            // Pieces of silence are alike.
            let [.., before, last] = audio.as_slice() else { return None };
            (before.data != last.data && audio.len() > 20).then_some(())
        })
        .await;
        obs
    }

    fn records_into(&self) -> PathBuf {
        self.config.join("records")
    }

    /// What it has recorded so far, or a moment ago.
    pub fn record(&self) -> Option<Recording> {
        let file = fs::read_dir(self.records_into()).ok()?.next()?.unwrap();
        Some(Recording::read(&file.path()))
    }

    /// The same, with its settings in `obs-studio` below a folder.
    pub async fn start_in(config: &Path, password: &str) -> Self {
        let mut obs = Self::prepare_in(config, password);
        obs.start_again().await;
        obs
    }

    /// Puts the settings into their place without starting it.
    pub fn prepare_in(config: &Path, password: &str) -> Self {
        Self::prepare(config.to_owned(), password, None)
    }

    fn prepare(config: PathBuf, password: &str, home: Option<TempDir>) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let obs =
            Self { config, port, password: password.to_owned(), process: None, records: false, _home: home };
        let profile = obs.folder().join("basic/profiles/Kaibo");
        fs::create_dir_all(&profile).unwrap();
        fs::write(profile.join("basic.ini"), PROFILE).unwrap();
        obs.write_settings();
        obs
    }

    fn write_settings(&self) {
        fs::write(self.folder().join("global.ini"), settings(self.port, &self.password)).unwrap();
    }

    /// Starts it again, on the same port, and waits until its server answers.
    pub async fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        let mut command = Command::new("obs");
        command
            .args(["--collection", "Kaibo", "--profile", "Kaibo", "--multi", "--minimize-to-tray"])
            .args(["--disable-updater", "--disable-shutdown-check"])
            .args(self.records.then_some("--startrecording"))
            .env("HOME", &self.config)
            .env("XDG_CONFIG_HOME", &self.config)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        self.process = Some(command.spawn().expect("OBS starts (Debian package obs-studio)"));
        // Its port is open before OBS has loaded.
        self.by_hand().await;
    }

    /// Gives its server another password, before its next start.
    pub fn set_password(&mut self, password: &str) {
        assert!(self.process.is_none(), "it would write its own over it");
        password.clone_into(&mut self.password);
        self.write_settings();
    }

    /// Where it listens.
    pub fn address(&self) -> EncoderAddress {
        EncoderAddress { host: "127.0.0.1".into(), port: self.port }
    }

    /// The password of its server.
    pub fn password(&self) -> SecretString {
        self.password.clone().into()
    }

    /// Its settings folder.
    pub fn folder(&self) -> PathBuf {
        self.config.join("obs-studio")
    }

    /// A connection besides the program's: what somebody does at OBS by hand.
    pub async fn by_hand(&self) -> Arc<dyn Encoder> {
        until("OBS to take a connection", || async {
            kaibo_obs::driver().connect(&self.address(), Some(&self.password())).await.ok()
        })
        .await
    }

    /// Kills it, as a crash would.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().await.unwrap();
    }

    /// Holds it: it keeps its connections and says nothing.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn wake(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.as_ref().and_then(Child::id).expect("it runs");
        let sent = std::process::Command::new("kill").args([signal, &id.to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Obs {
    /// Keeps its log beside the pictures of a test that failed, when these are wanted.
    fn drop(&mut self) {
        let Some(shots) = std::env::var_os("KAIBO_SHOTS").filter(|_| std::thread::panicking()) else {
            return;
        };
        let shots = Path::new(&shots);
        let Ok(logs) = fs::read_dir(self.folder().join("logs")) else { return };
        for log in logs.flatten() {
            let _ = fs::create_dir_all(shots);
            let _ = fs::copy(log.path(), shots.join(format!("obs-{}", self.port)));
        }
    }
}
