//! The relay's work for other programs, on a machine of their own: a server in front, and these targets behind it.
//! Text alone; nobody is asked and nothing is written here.
//!
//! Keys stand in files of their own, never in a command line: nginx includes one, and ffmpeg, which does the sending
//! for the two others, reads an options file for each target. Where the streamer names no address of their own, the
//! server listens on its loopback and is reached through an SSH tunnel, as RTMP itself hides nothing.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::problem::clean_text;
use crate::push::PushAddress;

/// Longest name that stands in a comment, in characters.
const NAME_CAP: usize = 100;
/// ffmpeg reads its options file by lines of 999 bytes, `rtmp_playpath=` among them.
const KEY_CAP: usize = 960;
/// Where the files are taken to be on the other machine.
const FOLDER: &str = "/etc/kaibo";

/// A program that Kaibo can write a configuration for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts", rename = "RelayEngine")]
pub enum Engine {
    /// nginx with its [RTMP module](https://github.com/arut/nginx-rtmp-module/wiki/Directives).
    NginxRtmp,
    /// [SRS](https://ossrs.net/lts/en-us/docs/v6/doc/nginx-exec), which has ffmpeg send.
    Srs,
    /// [`MediaMTX`](https://mediamtx.org/docs/usage/hooks), which has ffmpeg send.
    MediaMtx,
}

/// Where an engine is to send to.
#[derive(Debug, Clone)]
pub struct EngineTarget {
    /// What people call it.
    pub name: String,
    /// Its server and key.
    pub push: PushAddress,
}

/// What the streamer puts onto the other machine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The engine's own file, and a name for it. There is no key in it.
    pub main: (&'static str, String),
    /// Further files without a key.
    pub plain: Vec<(String, String)>,
    /// Files with keys: for their owner's eyes alone (mode 0600).
    pub secret: Vec<(String, SecretString)>,
}

/// What no configuration can be written for. The names are the targets'.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// There is no target.
    #[error("there is no target")]
    Nothing,
    /// Neither `rtmp://` nor `rtmps://` with host and app, or with characters that no such address has.
    #[error("{0}: no address that an engine can push to")]
    Server(String),
    /// nginx sends by plain RTMP alone.
    #[error("{0}: nginx doesn't send by RTMPS")]
    Tls(String),
    /// The key is empty, too long, or has line breaks or other control characters in it.
    #[error("{0}: a key that can't be written down")]
    Key(String),
}

/// Writes a configuration. `publisher` is the address that the encoder comes from; without one it is the other
/// machine itself, at the end of a tunnel.
pub fn configuration(
    engine: Engine,
    targets: &[EngineTarget],
    publisher: Option<IpAddr>,
) -> Result<EngineConfig, Unsayable> {
    if targets.is_empty() {
        return Err(Unsayable::Nothing);
    }
    let targets = targets.iter().map(|target| Sayable::of(target, engine)).collect::<Result<Vec<_>, _>>()?;
    let way = Way::of(publisher);
    Ok(match engine {
        Engine::NginxRtmp => nginx(&targets, &way),
        Engine::Srs => srs(&targets, &way),
        Engine::MediaMtx => media_mtx(&targets, &way),
    })
}

/// A target whose parts need no thought any more but for a quote in the key.
struct Sayable<'a> {
    name: String,
    /// `rtmp://host:port`, without a slash at its end.
    base: String,
    app: &'a str,
    key: &'a str,
}

impl<'a> Sayable<'a> {
    fn of(target: &'a EngineTarget, engine: Engine) -> Result<Self, Unsayable> {
        let push = &target.push;
        let name = clean_text(&target.name, NAME_CAP);
        // None of these means anything to a shell, to nginx, SRS or YAML, quoted or not.
        let plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '[' | ']');
        let (server, app) = (push.server.trim_end_matches('/'), push.app());
        let base = server.strip_suffix(app).and_then(|base| base.strip_suffix('/'));
        let sayable = push.tcp_host().is_some() && !app.is_empty() && server.chars().all(plain);
        let Some(base) = base.filter(|_| sayable) else { return Err(Unsayable::Server(name)) };
        if engine == Engine::NginxRtmp && !base.starts_with("rtmp://") {
            return Err(Unsayable::Tls(name));
        }
        let key = push.key.expose_secret();
        if key.is_empty() || key.len() > KEY_CAP || key.chars().any(char::is_control) {
            return Err(Unsayable::Key(name));
        }
        Ok(Self { name, base: base.to_owned(), app, key })
    }
}

/// How the encoder reaches the engine.
struct Way {
    /// What is listened at.
    listen: &'static str,
    /// Who may publish.
    from: String,
    /// How the streamer goes about it, a line each.
    words: Vec<String>,
}

impl Way {
    fn of(publisher: Option<IpAddr>) -> Self {
        match publisher {
            None => Self {
                listen: "127.0.0.1:1935",
                from: "127.0.0.1".to_owned(),
                words: vec![
                    "At home, keep a tunnel open:  ssh -N -L 1935:127.0.0.1:1935 you@this-machine".to_owned(),
                    "and push to  rtmp://127.0.0.1:1935/live  with the stream key  kaibo".to_owned(),
                ],
            },
            Some(publisher) => Self {
                listen: "1935",
                from: publisher.to_string(),
                words: vec![
                    format!(
                        "Push from {publisher} to  rtmp://this-machine:1935/live  with the stream key  kaibo;"
                    ),
                    "nobody else may. RTMP is not encrypted on its way here.".to_owned(),
                ],
            },
        }
    }

    /// Comments on top of a configuration.
    fn heading(&self, lines: &[&str]) -> String {
        let lines: Vec<&str> = lines.iter().copied().chain(self.words.iter().map(String::as_str)).collect();
        format!("# {}\n", lines.join("\n# "))
    }
}

fn nginx(targets: &[Sayable], way: &Way) -> EngineConfig {
    const SECRET: &str = "kaibo-targets.conf";
    let heading = way.heading(&[
        "One push in, every target out: nginx with its RTMP module (Debian: nginx-light, libnginx-mod-rtmp).",
        "This file is /etc/nginx/nginx.conf; kaibo-targets.conf goes beside it, for root's eyes alone:",
        "    chown root: /etc/nginx/kaibo-targets.conf && chmod 600 /etc/nginx/kaibo-targets.conf",
        "    nginx -t && systemctl restart nginx",
    ]);
    let Way { listen, from, .. } = way;
    let text = format!(
        "{heading}\n\
         load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
         user www-data;\n\
         worker_processes 1;\n\
         pid /run/nginx.pid;\n\
         # Below \"crit\" the RTMP module writes stream keys into its log.\n\
         error_log /var/log/nginx/error.log crit;\n\n\
         events {{\n    worker_connections 256;\n}}\n\n\
         rtmp {{\n    server {{\n        listen {listen};\n        chunk_size 4096;\n        \
         max_message 8M;\n\n        application live {{\n            live on;\n            \
         allow publish {from};\n            deny publish all;\n            deny play all;\n            \
         include {SECRET};\n        }}\n    }}\n}}\n"
    );
    let push = |target: &Sayable| {
        let Sayable { name, base, app, key } = target;
        let key = key.replace('\\', r"\\").replace('"', r#"\""#);
        format!("# {name}\npush \"{base}\" \"app={app}\" \"tcUrl={base}/{app}\" \"playPath={key}\";\n")
    };
    let secret: String = targets.iter().map(push).collect();
    EngineConfig {
        main: ("nginx.conf", text),
        plain: Vec::new(),
        secret: vec![(SECRET.to_owned(), secret.into())],
    }
}

/// What the engine's ffmpeg reads from it: without a shell, and with nothing of the publisher's in its words.
const INPUT: &str = "-nostdin -v error -i rtmp://127.0.0.1:1935/live/kaibo -c copy";

/// The name of a target's options file, counted from 1.
fn options_file(number: usize) -> String {
    format!("target-{number}.ffpreset")
}

/// An options file for each target. ffmpeg takes what comes after the first `=` up to the line's end as it stands.
fn options_files(targets: &[Sayable]) -> Vec<(String, SecretString)> {
    let file = |(target, number): (&Sayable, usize)| {
        (options_file(number), format!("rtmp_playpath={}\n", target.key).into())
    };
    targets.iter().zip(1..).map(file).collect()
}

/// `forward` knows hosts alone; whole addresses it takes from a web server of one's own only. `exec` starts a program
/// for each target, without a shell, and starts it again when it ends.
fn srs(targets: &[Sayable], way: &Way) -> EngineConfig {
    let heading = way.heading(&[
        "One push in, every target out: SRS 4 or later, with ffmpeg to do the sending.",
        "This file and the target-*.ffpreset are in /etc/kaibo; the latter for the eyes of SRS's user alone:",
        "    chmod 600 /etc/kaibo/target-*.ffpreset && srs -c /etc/kaibo/srs.conf",
    ]);
    let Way { listen, from, .. } = way;
    let line = |(target, number): (&Sayable, usize)| {
        let Sayable { name, base, app, .. } = target;
        let options = options_file(number);
        format!(
            "        # {name}\n        publish /usr/bin/ffmpeg {INPUT} -fpre {FOLDER}/{options} -rtmp_app {app} \
             -f flv {base}/;\n"
        )
    };
    let lines: String = targets.iter().zip(1..).map(line).collect();
    let text = format!(
        "{heading}\n\
         listen {listen};\n\
         max_connections 100;\n\
         daemon off;\n\
         srs_log_tank console;\n\n\
         vhost __defaultVhost__ {{\n    security {{\n        enabled on;\n        \
         allow publish {from};\n        allow play 127.0.0.1;\n    }}\n    \
         exec {{\n        enabled on;\n{lines}    }}\n}}\n"
    );
    EngineConfig { main: ("srs.conf", text), plain: Vec::new(), secret: options_files(targets) }
}

/// `MediaMTX` runs one command for a stream that is there: a script that looks after an ffmpeg for each target.
fn media_mtx(targets: &[Sayable], way: &Way) -> EngineConfig {
    const SCRIPT: &str = "kaibo-push.sh";
    let heading = way.heading(&[
        "One push in, every target out: MediaMTX 1.9 or later, with ffmpeg to do the sending.",
        "This file, kaibo-push.sh and the target-*.ffpreset are in /etc/kaibo; the latter for the eyes of MediaMTX's",
        "user alone:",
        "    chmod 600 /etc/kaibo/target-*.ffpreset && mediamtx /etc/kaibo/mediamtx.yml",
    ]);
    let Way { listen, from, .. } = way;
    let listen = if listen.contains(':') { (*listen).to_owned() } else { format!(":{listen}") };
    let text = format!(
        "{heading}\n\
         logLevel: warn\n\
         rtsp: false\n\
         hls: false\n\
         webrtc: false\n\
         srt: false\n\
         rtmp: true\n\
         rtmpAddress: '{listen}'\n\n\
         authMethod: internal\n\
         authInternalUsers:\n  \
         - user: any\n    ips: ['{from}']\n    permissions:\n      - action: publish\n        path: live/kaibo\n  \
         - user: any\n    ips: ['127.0.0.1']\n    permissions:\n      - action: read\n        path: live/kaibo\n\n\
         paths:\n  live/kaibo:\n    runOnReady: /bin/sh {FOLDER}/{SCRIPT}\n    runOnReadyRestart: true\n"
    );
    EngineConfig {
        main: ("mediamtx.yml", text),
        plain: vec![(SCRIPT.to_owned(), script(targets))],
        secret: options_files(targets),
    }
}

/// Ends with all that it has started, by SIGINT as `MediaMTX` sends it. What runs in a shell's background doesn't
/// hear that, so it is told by SIGTERM.
fn script(targets: &[Sayable]) -> String {
    let line = |(target, number): (&Sayable, usize)| {
        let Sayable { name, base, app, .. } = target;
        format!("# {name}\nsend {} {app} {base}/ &\nsenders=\"$senders $!\"\n", options_file(number))
    };
    let lines: String = targets.iter().zip(1..).map(line).collect();
    format!(
        "#!/bin/sh\n\
         # Sends what MediaMTX gets to each target. One that breaks is tried again and leaves the others alone.\n\
         send() {{\n  child=\n  trap 'kill $child 2>/dev/null; exit' TERM\n  while :; do\n    \
         ffmpeg {INPUT} -fpre {FOLDER}/\"$1\" -rtmp_app \"$2\" -f flv \"$3\" &\n    \
         child=$!\n    wait $child\n    sleep 3 &\n    child=$!\n    wait $child\n  done\n}}\n\
         senders=\n\
         trap 'kill $senders 2>/dev/null; wait; exit' INT TERM\n\
         {lines}wait\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(server: &str, key: &str) -> EngineTarget {
        let push = PushAddress { server: server.to_owned(), key: key.to_owned().into() };
        EngineTarget { name: "小满\n}; push \"x\"".to_owned(), push }
    }

    fn written(engine: Engine, targets: &[EngineTarget]) -> (EngineConfig, String) {
        let config = configuration(engine, targets, None).unwrap();
        let secret = config.secret.iter().map(|(_, text)| text.expose_secret()).collect();
        (config, secret)
    }

    const ALL: [Engine; 3] = [Engine::NginxRtmp, Engine::Srs, Engine::MediaMtx];

    #[test]
    fn keys_stand_in_their_own_files_alone() {
        let targets = [
            target("rtmp://live-push.example/live-bvc/", "?streamname=hidden-one&key=a"),
            target("rtmp://h:1936/a/b", "hidden-two?e=1&token=x:y="),
        ];
        for engine in ALL {
            let (config, secret) = written(engine, &targets);
            assert!(
                secret.contains("?streamname=hidden-one&key=a")
                    && secret.contains("hidden-two?e=1&token=x:y=")
            );
            assert!(!format!("{config:?}").contains("hidden"), "{engine:?}");
            assert_eq!(config.secret.len(), if engine == Engine::NginxRtmp { 1 } else { 2 });
        }
    }

    #[test]
    fn no_key_and_no_name_breaks_out() {
        let (config, secret) =
            written(Engine::NginxRtmp, &[target("rtmp://h/a", r#"k"; }${x} \ # '; include /etc"#)]);
        assert!(secret.contains(r#""playPath=k\"; }${x} \\ # '; include /etc";"#), "{secret}");
        assert_eq!(secret.lines().count(), 2, "a name stays in its comment: {secret}");
        assert!(config.main.1.lines().any(|line| line.trim() == "include kaibo-targets.conf;"));
        let (config, secret) = written(Engine::MediaMtx, &[target("rtmps://[::1]:443/a/b", "k; $(x) =\"'")]);
        assert_eq!(secret, "rtmp_playpath=k; $(x) =\"'\n");
        let script = &config.plain[0].1;
        assert!(script.contains("\nsend target-1.ffpreset a/b rtmps://[::1]:443/ &\n"), "{script}");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        let refusal = |engine, server: &str, key: &str| {
            configuration(engine, &[target(server, key)], None).unwrap_err()
        };
        let name = || "小满}; push \"x\"".to_owned();
        for engine in ALL {
            for server in [
                "srt://h:1",
                "rtmp://h",
                "rtmp://h/",
                "rtmp://h/a b",
                "rtmp://h/a;b",
                "rtmp://h/$a",
                "rtmp://h/a'b",
                "rtmp://h/a\nb",
                "rtmp://h/a\"b",
                "rtmp://me:pass@h/a",
                "rtmp://h/a?b",
                "rtmp://h/ä",
                "rtmp://h/a>b",
            ] {
                assert_eq!(refusal(engine, server, "k"), Unsayable::Server(name()), "{engine:?} {server}");
            }
            for key in ["", "a\nb", "a\rb", "a\0b", "a\u{7f}b", &"k".repeat(961)] {
                assert_eq!(refusal(engine, "rtmp://h/a", key), Unsayable::Key(name()), "{engine:?} {key}");
            }
            assert_eq!(configuration(engine, &[], None).unwrap_err(), Unsayable::Nothing);
        }
        assert_eq!(refusal(Engine::NginxRtmp, "rtmps://h/a", "k"), Unsayable::Tls(name()));
    }

    #[test]
    fn one_address_may_publish_and_no_other() {
        let from = Some("203.0.113.7".parse().unwrap());
        let text = |engine, from| configuration(engine, &[target("rtmp://h/a", "k")], from).unwrap().main.1;
        for (engine, home, away, listens) in [
            (Engine::NginxRtmp, "allow publish 127.0.0.1;", "allow publish 203.0.113.7;", "listen 1935;"),
            (Engine::Srs, "allow publish 127.0.0.1;", "allow publish 203.0.113.7;", "listen 1935;"),
            (Engine::MediaMtx, "ips: ['127.0.0.1']", "ips: ['203.0.113.7']", "rtmpAddress: ':1935'"),
        ] {
            let (at_home, abroad) = (text(engine, None), text(engine, from));
            assert!(
                at_home.contains(home) && at_home.contains("127.0.0.1:1935") && !at_home.contains(listens)
            );
            assert!(abroad.contains(away) && abroad.contains(listens), "{abroad}");
        }
    }
}
