//! `/xlive/web-room/v1/banned/GetRoomSilent` and `RoomSilent`: whether a room is silenced, and for whom.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::moderation::{Silence, SilenceKind};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason};
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

const PATH: &str = "/xlive/web-room/v1/banned/";

#[derive(Deserialize)]
struct Data {
    /// Empty or `off` while everybody may speak.
    #[serde(default, rename = "type", deserialize_with = "wire::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "wire::count")]
    level: Option<u64>,
    /// What was asked for. How the seconds beside it are meant isn't known.
    #[serde(default, deserialize_with = "wire::count")]
    minute: Option<u64>,
}

impl Api {
    /// How the room is silenced.
    pub(crate) async fn room_silent(&self, room_id: &str) -> Outcome<Silence> {
        let query = [("room_id", room_id.to_owned())];
        let answer = self.read_live(&format!("{PATH}GetRoomSilent"), &query).await?;
        let data: Data = answer.map_err(Refusal::failure)?.data()?;
        let kind = match data.kind.as_deref() {
            None | Some("off") => return Ok(Silence::default()),
            Some("member" | "all") => SilenceKind::Everyone,
            Some("medal") => SilenceKind::Medal,
            Some("wealth") => SilenceKind::Wealth,
            Some(_) => SilenceKind::Other,
        };
        let number = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
        let level = if kind == SilenceKind::Everyone { 0 } else { number(data.level) };
        Ok(Silence { kind, level, minutes: number(data.minute) })
    }

    /// Silences the room, or ends that.
    pub(crate) async fn set_room_silent(&self, room_id: &str, silence: Silence) -> Outcome<()> {
        let kind = match silence.kind {
            SilenceKind::Off => "off",
            SilenceKind::Everyone => "member",
            SilenceKind::Medal => "medal",
            SilenceKind::Wealth => "wealth",
            SilenceKind::Other => {
                return Err(Failure::invalid("kind", InvalidReason::Malformed).at(Platform::Bilibili));
            }
        };
        let form = vec![
            ("room_id", room_id.to_owned()),
            ("type", kind.to_owned()),
            // The room's own page sends 1 where there is no level.
            ("level", silence.level.max(1).to_string()),
            ("minute", silence.minutes.to_string()),
        ];
        self.write(&format!("{PATH}RoomSilent"), form).await?.map(drop).map_err(Refusal::failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    fn silence(kind: SilenceKind, level: u32, minutes: u32) -> Silence {
        Silence { kind, level, minutes }
    }

    #[tokio::test]
    async fn a_room_is_silenced_or_not() {
        let fake = Fake::start().await;
        for (data, expected) in [
            (r#"{"type":"","level":0,"second":0,"minute":0}"#, Silence::default()),
            (r#"{"type":"off"}"#, Silence::default()),
            (
                r#"{"type":"member","level":1,"second":1700,"minute":30}"#,
                silence(SilenceKind::Everyone, 0, 30),
            ),
            (r#"{"type":"medal","level":"5","minute":60}"#, silence(SilenceKind::Medal, 5, 60)),
            (r#"{"type":"wealth","level":12,"second":-1}"#, silence(SilenceKind::Wealth, 12, 0)),
            (r#"{"type":"follow","level":1,"minute":30}"#, silence(SilenceKind::Other, 1, 30)),
        ] {
            fake.answers(&format!(r#"{{"code":0,"message":"0","data":{data}}}"#)).await;
            assert_eq!(fake.api.room_silent("1234").await.expect("read"), expected, "{data}");
        }
        assert_eq!(fake.last().await.target, "/xlive/web-room/v1/banned/GetRoomSilent?room_id=1234");
    }

    #[tokio::test]
    async fn each_kind_has_its_word() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","data":{}}"#).await;
        for (wanted, form) in [
            (Silence::default(), "type=off&level=1&minute=0"),
            (silence(SilenceKind::Everyone, 0, 30), "type=member&level=1&minute=30"),
            (silence(SilenceKind::Medal, 5, 60), "type=medal&level=5&minute=60"),
            (silence(SilenceKind::Wealth, 12, 30), "type=wealth&level=12&minute=30"),
        ] {
            fake.api.set_room_silent("1234", wanted).await.expect("done");
            let sent = fake.last().await;
            assert_eq!(sent.target, "/xlive/web-room/v1/banned/RoomSilent");
            assert_eq!(sent.body, format!("room_id=1234&{form}&csrf=c5&csrf_token=c5"));
        }
        fake.api.set_room_silent("1", silence(SilenceKind::Other, 1, 30)).await.expect_err("no word for it");
        assert_eq!(fake.sent().await.len(), 4);
    }
}
