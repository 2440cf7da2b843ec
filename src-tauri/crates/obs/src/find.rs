//! Looking into the settings of the OBS on this machine. Facts only: whether its server is on, port, password.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kaibo_live::driver::Outcome;
use kaibo_live::encoder::{EncoderAddress, LocalEncoder};
use kaibo_live::problem::{Failure, ProblemCode};
use serde::Deserialize;

use crate::DEFAULT_PORT;

/// The largest settings file that is read, in bytes.
const FILE_CAP: u64 = 512 * 1024;

/// The longest that looking takes: a home folder may be on a network that has gone.
const LOOKING: Duration = Duration::from_secs(3);

/// Where programs keep their settings differs by system.
#[derive(Debug, Clone, Copy)]
pub(crate) enum System {
    Windows,
    MacOs,
    /// Linux and the like.
    Unix,
}

impl System {
    /// The one this runs on.
    pub(crate) const THIS: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Unix
    };
}

/// The folders where OBS may keep its settings. A portable OBS keeps them beside itself, where nobody knows.
pub(crate) fn folders(system: System, environment: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    // An empty variable counts as none, and a relative one would mean another place each time.
    let variable = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = variable("HOME");
    let below = |path: &str| home.as_ref().map(|home| home.join(path));
    let folders = match system {
        System::Windows => vec![variable("APPDATA")],
        System::MacOs => vec![below("Library/Application Support")],
        System::Unix => vec![
            variable("XDG_CONFIG_HOME").or_else(|| below(".config")),
            below(".var/app/com.obsproject.Studio/config"), // Flatpak
            below("snap/obs-studio/current/.config"),
        ],
    };
    folders.into_iter().flatten().map(|folder| folder.join("obs-studio")).collect()
}

/// Looks into the folders: the first whose server is on; else whether there is any OBS.
pub(crate) async fn find(folders: Vec<PathBuf>) -> Outcome<LocalEncoder> {
    let looking = tokio::task::spawn_blocking(move || look(&folders));
    let looked = tokio::time::timeout(LOOKING, looking).await;
    let looked = looked.map_err(|_| Failure::new(ProblemCode::Timeout))?;
    looked.map_err(|_| Failure::new(ProblemCode::Internal).because("looking for OBS was cut off"))
}

fn look(folders: &[PathBuf]) -> LocalEncoder {
    let mut found = LocalEncoder::Absent;
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        match server(folder) {
            Some(Server { on: true, port, password }) => {
                // The server listens on all addresses; a password for none is none.
                let address = EncoderAddress { host: "127.0.0.1".into(), port };
                let password = password.filter(|password| !password.is_empty());
                return LocalEncoder::Ready(address, password.map(Into::into));
            }
            _ => found = LocalEncoder::ServerOff,
        }
    }
    found
}

/// What an OBS's server is set to.
struct Server {
    on: bool,
    port: u16,
    /// None where it wants none.
    password: Option<String>,
}

/// The server's settings in a folder: in a file of their own since obs-websocket 5.5, in OBS's own before. The
/// newer OBS moves them and leaves the old ones behind.
fn server(folder: &Path) -> Option<Server> {
    let newer = read(&folder.join("plugin_config/obs-websocket/config.json"));
    let older = || read(&folder.join("global.ini")).map(|text| from_ini(&text));
    newer.and_then(|text| from_json(&text)).or_else(older)
}

/// The text of a file; `None` when it isn't there, isn't a file, is too large or isn't text.
fn read(path: &Path) -> Option<String> {
    // Opening a pipe would wait for its other end.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let length = std::fs::File::open(path).ok()?.take(FILE_CAP + 1).read_to_string(&mut text).ok()?;
    let fits = u64::try_from(length).is_ok_and(|length| length <= FILE_CAP);
    fits.then_some(text)
}

#[derive(Deserialize)]
struct Newer {
    #[serde(default)]
    server_enabled: bool,
    server_port: Option<u16>,
    auth_required: Option<bool>,
    server_password: Option<String>,
}

fn from_json(text: &str) -> Option<Server> {
    let newer: Newer = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let wanted = newer.auth_required != Some(false);
    Some(Server {
        on: newer.server_enabled,
        port: newer.server_port.filter(|port| *port != 0).unwrap_or(DEFAULT_PORT),
        password: newer.server_password.filter(|_| wanted),
    })
}

fn from_ini(text: &str) -> Server {
    let value = |name: &str| ini(text, "OBSWebSocket", name);
    let is = |name: &str, word: &str| value(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let port = value("ServerPort").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    let wanted = !is("AuthRequired", "false");
    Server {
        on: is("ServerEnabled", "true"),
        port: port.unwrap_or(DEFAULT_PORT),
        password: value("ServerPassword").filter(|_| wanted),
    }
}

/// A value in an OBS settings file, where a backslash escapes line breaks and itself.
fn ini(text: &str, section: &str, name: &str) -> Option<String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let heading = |line: &str| {
        let heading = line.strip_prefix('[')?.strip_suffix(']')?;
        Some(heading.trim().eq_ignore_ascii_case(section))
    };
    lines.find(|line| heading(line) == Some(true))?;
    let value = lines.take_while(|line| heading(line).is_none()).find_map(|line| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })?;
    let mut plain = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(next) = rest.next() {
        match (next, rest.clone().next()) {
            ('\\', Some(escaped @ ('n' | 'r' | '\\'))) => {
                rest.next();
                plain.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                });
            }
            _ => plain.push(next),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kaibo_live::secret::ExposeSecret as _;

    use super::*;

    const OLDER: &str = "\u{feff}[General]\nFirstRun=true\nServerPort=1\n\n[OBSWebSocket]\nFirstLoad=false\n\
        ServerEnabled=true\r\nServerPort=4477\nAlertsEnabled=false\nAuthRequired=true\n\
        ServerPassword=open\\\\se=same\n\n[Video]\nServerPort=2\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn ready(found: LocalEncoder) -> (u16, Option<String>) {
        let LocalEncoder::Ready(address, password) = found else { panic!("not ready but {found:?}") };
        assert_eq!(address.host, "127.0.0.1");
        (address.port, password.map(|password| password.expose_secret().to_owned()))
    }

    fn looked(files: &[(&str, &str)]) -> LocalEncoder {
        look(&[folder(files).path().to_owned()])
    }

    const NEWER: &str = "plugin_config/obs-websocket/config.json";

    #[test]
    fn an_older_obs_has_it_in_its_own_settings() {
        assert_eq!(ready(looked(&[("global.ini", OLDER)])), (4477, Some("open\\se=same".into())));
        let off = OLDER.replace("ServerEnabled=true", "ServerEnabled=false");
        assert!(matches!(looked(&[("global.ini", &off)]), LocalEncoder::ServerOff));
        let open = OLDER.replace("AuthRequired=true", "AuthRequired=false");
        assert_eq!(ready(looked(&[("global.ini", &open)])), (4477, None));
    }

    #[test]
    fn a_newer_obs_has_a_file_for_it_which_goes_before_the_old_one() {
        let text = r#"{"alerts_enabled":false,"auth_required":true,"first_load":false,"server_enabled":true,
            "server_password":"sesame","server_port":4466}"#;
        let both = [("global.ini", OLDER), (NEWER, text)];
        assert_eq!(ready(looked(&both)), (4466, Some("sesame".into())));
        let off = text.replace("\"server_enabled\":true", "\"server_enabled\":false");
        assert!(matches!(looked(&[("global.ini", OLDER), (NEWER, &off)]), LocalEncoder::ServerOff));
        let bare = r#"{"server_enabled":true}"#;
        assert_eq!(ready(looked(&[(NEWER, bare)])), (DEFAULT_PORT, None));
    }

    #[test]
    fn what_is_no_settings_file_is_an_obs_whose_server_is_off() {
        let huge = format!("{OLDER}{}", "#".repeat(600_000));
        for files in [
            &[][..],
            &[("global.ini", "")],
            &[("global.ini", "[OBSWebSocket")],
            &[("global.ini", "[OBSWebSocket]\nServerEnabled")],
            &[("global.ini", huge.as_str())],
            &[(NEWER, "{\"server_enabled\":1}")],
            &[("global.ini/where/a/folder", OLDER)],
        ] {
            assert!(matches!(looked(files), LocalEncoder::ServerOff), "{files:.60?}");
        }
        assert!(matches!(look(&["/nowhere/at/all".into()]), LocalEncoder::Absent));
    }

    #[test]
    fn the_first_whose_server_is_on_is_taken() {
        let off = folder(&[("global.ini", "[OBSWebSocket]\nServerEnabled=false\n")]);
        let on = folder(&[("global.ini", OLDER)]);
        let folders = ["/nowhere".into(), off.path().to_owned(), on.path().to_owned()];
        assert_eq!(ready(look(&folders)).0, 4477);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_pipe_in_its_place_holds_nothing_up() {
        let folder = folder(&[]);
        let pipe = folder.path().join("global.ini");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
        let found = find(vec![folder.path().to_owned()]).await.unwrap();
        assert!(matches!(found, LocalEncoder::ServerOff));
    }

    #[test]
    fn each_system_has_its_places() {
        let environment = |name: &str| {
            let value = match name {
                "HOME" => "/people/ming",
                "APPDATA" => "/users/ming/roaming",
                _ => return None,
            };
            Some(value.into())
        };
        let all = |system| folders(system, environment);
        assert_eq!(
            all(System::Unix),
            [
                "/people/ming/.config/obs-studio",
                "/people/ming/.var/app/com.obsproject.Studio/config/obs-studio",
                "/people/ming/snap/obs-studio/current/.config/obs-studio",
            ]
            .map(PathBuf::from)
        );
        let mac = PathBuf::from("/people/ming/Library/Application Support/obs-studio");
        assert_eq!(all(System::MacOs), [mac]);
        assert_eq!(all(System::Windows), [PathBuf::from("/users/ming/roaming/obs-studio")]);
        let moved = |name: &str| (name == "XDG_CONFIG_HOME").then(|| OsString::from("/elsewhere"));
        assert_eq!(folders(System::Unix, moved), [PathBuf::from("/elsewhere/obs-studio")]);
    }
}
