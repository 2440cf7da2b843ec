//! Qiniu's room in the domain's words.

use jiff::Timestamp;
use kaibo_live::push::PushAddress;
use kaibo_live::room::{PlayAddress, PlayForm, RemoteId, RoomFacts, Status};
use kaibo_live::secret::ExposeSecret;
use url::Url;

use super::api::{LiveRoom, LiveStatus};

/// A time in Unix seconds. Unset comes as 0 or as year 1 (-62135596800).
fn time(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.filter(|s| *s > 0).and_then(|s| Timestamp::from_second(s).ok())
}

/// The time a room is planned for or was started at.
pub(super) fn start_time(room: &LiveRoom) -> Option<Timestamp> {
    time(room.start_time)
}

/// The room's facts. Figures are not among them: the server API has none that are true.
pub(super) fn facts(room: LiveRoom) -> RoomFacts {
    let status = room.status();
    // Before the start `start_time` is a plan, and before the end so is `end_time`.
    let started_at = time(room.start_time).filter(|_| status != LiveStatus::Created);
    let ended_at = time(room.end_time).filter(|_| status == LiveStatus::Ended);
    let push = PushAddress::split(room.push_url.0.expose_secret()).ok();
    let play =
        [(PlayForm::Hls, room.hls_url), (PlayForm::Rtmp, room.rtmp_url), (PlayForm::Flv, room.flv_url)];
    RoomFacts {
        title: room.title,
        notice: room.notice,
        cover_url: room.cover_url,
        status: match status {
            LiveStatus::Created => Status::NotStarted,
            LiveStatus::Live => Status::Live,
            LiveStatus::Ended => Status::Ended,
            LiveStatus::Unknown => Status::Unknown,
        },
        status_code: Some(room.live_status),
        started_at,
        ended_at,
        play: play.into_iter().filter_map(|(form, url)| play_address(form, url?)).collect(),
        push,
        ..RoomFacts::of(RemoteId(room.live_id))
    }
}

fn play_address(form: PlayForm, url: String) -> Option<PlayAddress> {
    let parsed = Url::parse(&url).ok()?;
    let fits = matches!(parsed.scheme(), "http" | "https" | "rtmp" | "rtmps") && parsed.has_host();
    fits.then(|| PlayAddress { form, quality: String::new(), url })
}

/// When a push address runs out: its `e` or `expire`, as the hub's kind of protection calls it.
pub(super) fn push_ends(push: &PushAddress) -> Option<Timestamp> {
    let (_, query) = push.key.expose_secret().split_once('?')?;
    let value = query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        matches!(name, "e" | "expire").then_some(value)
    })?;
    Timestamp::from_second(value.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qiniu::fixtures;
    use serde_json::Value;

    fn room(name: &str) -> RoomFacts {
        let data = fixtures::read(name)["response"]["json"]["data"].clone();
        facts(serde_json::from_value(data).expect("a room"))
    }

    #[test]
    fn unset_and_planned_times_are_not_taken_for_real_ones() {
        let created = room("life-01-create");
        assert_eq!(created.status, Status::NotStarted);
        assert_eq!((created.started_at, created.ended_at), (None, None));
        assert_eq!(room("get-created").started_at, None);
        assert_eq!(room("create-all-fields").started_at, None, "a plan is no start");
        let live = room("life-08-get-live");
        assert_eq!(live.status, Status::Live);
        assert_eq!(live.started_at.map(Timestamp::as_second), Some(1_795_299_828));
        assert_eq!(live.ended_at, None);
        let ended = room("life-24-get-ended");
        assert_eq!(ended.status, Status::Ended);
        assert!(ended.ended_at >= ended.started_at && ended.ended_at.is_some());
    }

    #[test]
    fn texts_and_addresses_arrive_whole() {
        let facts = room("create-unicode");
        assert_eq!(facts.title.as_deref(), Some("直播“测试” 🎉 <b>&'\"\\"));
        let forms: Vec<PlayForm> = facts.play.iter().map(|p| p.form).collect();
        assert_eq!(forms, [PlayForm::Hls, PlayForm::Rtmp, PlayForm::Flv]);
        assert!(facts.push.expect("an address").key.expose_secret().contains("&token="), "not \\u0026");
    }

    #[test]
    fn push_url_vectors() {
        let vectors = fixtures::read("push-url-vectors");
        let vectors = vectors.as_array().expect("vectors");
        assert_eq!(vectors.len(), 7);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            let push = PushAddress::split(text("push_url"));
            if text("push_url").is_empty() {
                assert!(push.is_err());
                continue;
            }
            let push = push.expect("an address");
            assert_eq!(push.server, text("obs_server"));
            assert_eq!(push.key.expose_secret(), text("obs_key"));
        }
    }

    #[test]
    fn when_a_push_address_ends() {
        let ends = |key: &str| {
            let push = PushAddress::from_parts("rtmp://h/a", key).expect("an address");
            push_ends(&push).map(Timestamp::as_second)
        };
        assert_eq!(ends("s?e=1795303427&token=ak:x="), Some(1_795_303_427));
        assert_eq!(ends("s?expire=1634745600&xyz=custom&token=x="), Some(1_634_745_600));
        assert_eq!(ends("s?nonce=0&token=x"), None);
        assert_eq!(ends("s?key=k"), None);
        assert_eq!(ends("s"), None);
        assert_eq!(ends("s?e=soon"), None);
    }

    #[test]
    fn an_unknown_status_keeps_its_number() {
        let data = serde_json::json!({"live_id": "1", "live_status": 9, "push_url": Value::Null});
        let facts = facts(serde_json::from_value(data).expect("a room"));
        assert_eq!((facts.status, facts.status_code), (Status::Unknown, Some(9)));
        assert!(facts.push.is_none());
    }
}
