//! Push addresses for other programs: text that the shell puts into files or onto the clipboard.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::Studio;
use super::run::ROOMS_A_RUN;
use crate::encoder::PushExport;
use crate::problem::{Failure, InvalidReason, ProblemCode, clean_text};
use crate::push::PushAddress;
use crate::relay::engines::{Engine, EngineConfig, EngineTarget, Unsayable, configuration};
use crate::relay::{CUSTOM_CAP, RelayTarget};
use crate::room::RoomId;

/// Longest room name that is written, in characters.
const NAME_CAP: usize = 100;

struct Target {
    id: RoomId,
    name: String,
    push: PushAddress,
}

impl Studio {
    /// The rooms' push addresses as text for another program. Rooms without one are left out; `NoStreamKey`
    /// when none is left.
    pub fn export_push(&self, rooms: &[RoomId], format: PushExport) -> Result<SecretString, Failure> {
        let targets: Vec<Target> = {
            let picture = self.0.lock();
            let with_push = rooms.iter().filter_map(|id| {
                let room = picture.room(id)?;
                let name = clean_text(&room.view.name, NAME_CAP);
                room.push.clone().map(|push| Target { id: id.clone(), name, push })
            });
            with_push.filter(|t| format != PushExport::Ffmpeg || t.push.tcp_host().is_some()).collect()
        };
        if targets.is_empty() {
            return Err(Failure::new(ProblemCode::NoStreamKey));
        }
        Ok(match format {
            PushExport::ObsMultiRtmp => obs_multi_rtmp(&targets),
            PushExport::Ffmpeg => ffmpeg(&targets),
            PushExport::Plain => plain(&targets),
        }
        .into())
    }

    /// A configuration for another relay, on a machine of the streamer's own. Keys are in files of their own.
    pub async fn export_relay(
        &self,
        engine: Engine,
        targets: &[RelayTarget],
    ) -> Result<EngineConfig, Failure> {
        let mut named = Vec::new();
        for target in targets.iter().take(ROOMS_A_RUN + CUSTOM_CAP) {
            let push = self.target_address(target).await?;
            named.push(EngineTarget { name: self.target_name(target), push });
        }
        let refused = |field: &str, why: &Unsayable| {
            Failure::invalid(field, InvalidReason::Malformed).said("", why.to_string())
        };
        configuration(engine, &named, None).map_err(|why| match &why {
            Unsayable::Nothing => Failure::new(ProblemCode::NoStreamKey),
            Unsayable::Server(_) | Unsayable::Tls(_) => refused("server", &why),
            Unsayable::Key(_) => refused("key", &why),
        })
    }

    fn target_name(&self, target: &RelayTarget) -> String {
        let picture = self.0.lock();
        let custom = &picture.preferences.relay.custom;
        match target {
            RelayTarget::Room { room } => picture.room(room).map(|r| r.view.name.clone()),
            RelayTarget::Custom { id } => custom.iter().find(|c| &c.id == id).map(|c| c.name.clone()),
        }
        .unwrap_or_default()
    }
}

/// The file `obs-multi-rtmp.json` of an OBS profile, as the
/// [plugin](https://github.com/sorayuki/obs-multi-rtmp) reads it.
fn obs_multi_rtmp(targets: &[Target]) -> String {
    let target = |t: &Target| {
        json!({
            "id": t.id.0,
            "name": t.name,
            "protocol": if t.push.tcp_host().is_some() { "RTMP" } else { "SRT_RIST" },
            "service-param": { "server": t.push.server, "key": t.push.key.expose_secret(), "use_auth": false },
            "output-param": {},
            "sync-start": false,
            "sync-stop": false,
        })
    };
    let targets: Vec<_> = targets.iter().map(target).collect();
    format!("{:#}\n", json!({ "targets": targets, "video_configs": [], "audio_configs": [] }))
}

/// Lines for a shell. What stands in a command line is seen by every program, and a variable is put in before
/// the program starts; so the shell itself hands the key over, as an option file on standard input.
fn ffmpeg(targets: &[Target]) -> String {
    let lines = targets.iter().zip(1..).map(|(t, number)| {
        let base = t.push.server.strip_suffix('/').unwrap_or(&t.push.server);
        let base = base.strip_suffix(t.push.app()).unwrap_or(base);
        let (name, base, app) = (&t.name, quoted(base), quoted(t.push.app()));
        let key = format!("KAIBO_KEY_{number}");
        format!(
            "# {name}: paste the stream key, then the video in place of INPUT\n\
             read -rs {key}\n\
             printf 'rtmp_playpath=%s\\n' \"${key}\" | ffmpeg -re -i INPUT -c copy -fpre /dev/stdin \
             -rtmp_app {app} -f flv {base}\n"
        )
    });
    lines.collect()
}

/// As OBS calls them.
fn plain(targets: &[Target]) -> String {
    let target = |t: &Target| {
        format!("{}\nServer: {}\nStream Key: {}\n", t.name, t.push.server, t.push.key.expose_secret())
    };
    targets.iter().map(target).collect::<Vec<_>>().join("\n")
}

/// One word to a POSIX shell (IEEE Std 1003.1, 2.2.2).
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_names_the_app_and_no_key() {
        let push = |server: &str| PushAddress::from_parts(server, "?streamname=hidden").unwrap();
        let target = |server| Target { id: RoomId("r".into()), name: "小满".into(), push: push(server) };
        let text = ffmpeg(&[target("rtmp://h:1936/live-bvc/"), target("rtmps://h/a/it's")]);
        assert!(text.contains("-rtmp_app 'live-bvc' -f flv 'rtmp://h:1936/'"), "{text}");
        assert!(text.contains(r"-rtmp_app 'a/it'\''s' -f flv 'rtmps://h/'"), "{text}");
        assert!(text.contains("\"$KAIBO_KEY_2\"") && !text.contains("hidden"), "{text}");
    }
}
