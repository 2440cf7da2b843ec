//! Weibo's answers in the domain's words.

use kaibo_live::push::PushAddress;
use kaibo_live::room::{FigureKind, RemoteId, RoomFacts, Status};

use super::api::create::Created;
use super::api::show::Shown;
use crate::wire::beijing_time;

/// A live that was just made; `None` without an id.
pub(super) fn created(reply: &Created) -> Option<RoomFacts> {
    let mut facts = RoomFacts::of(RemoteId(reply.id.clone()?));
    facts.status = Status::NotStarted;
    facts.push = reply.push_url().and_then(|url| {
        PushAddress::split(url).inspect_err(|error| tracing::warn!(%error, "push address of a new live")).ok()
    });
    Some(facts)
}

/// A live as it was shown. The id stays the one that was asked for.
pub(super) fn shown(asked: &RemoteId, reply: Shown) -> RoomFacts {
    let mut facts = RoomFacts::of(asked.clone());
    facts.status = status(reply.status);
    facts.status_code = reply.status;
    // The making of it is all the platform tells; pushing starts it soon after.
    if matches!(facts.status, Status::Live | Status::Ended | Status::AnchorAway) {
        facts.started_at = reply.create_time.as_deref().and_then(beijing_time);
    }
    facts.title = reply.title;
    facts.summary = reply.summary;
    facts.cover_url = reply.image;
    facts.landing_url = reply.url;
    let figures = [
        (FigureKind::Watching, reply.live_views),
        (FigureKind::Views, reply.total_views),
        (FigureKind::Likes, reply.total_stars),
    ];
    facts.figures = figures.into_iter().filter_map(|(kind, n)| Some((kind, n?))).collect();
    facts
}

/// `status`, by the table of the platform's chat SDK: the live API's page has none.
fn status(number: Option<i64>) -> Status {
    match number {
        Some(0) => Status::NotStarted,
        Some(1) => Status::Live,
        Some(2) => Status::Deleted,
        // 3 has a replay, 5 has none.
        Some(3 | 5) => Status::Ended,
        Some(4) => Status::Postponed,
        Some(6) => Status::AnchorAway,
        _ => Status::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use kaibo_live::secret::ExposeSecret;

    use super::*;

    fn made(json: &str) -> Option<RoomFacts> {
        created(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_new_live_knows_where_to_push() {
        let facts =
            made(r#"{"id":"230916a","url":"rtmp://ps.example/alicdn/b08?auth_key=1-0-0-k"}"#).unwrap();
        assert_eq!((facts.remote.0.as_str(), facts.status), ("230916a", Status::NotStarted));
        let push = facts.push.unwrap();
        assert_eq!(push.server, "rtmp://ps.example/alicdn");
        assert_eq!(push.key.expose_secret(), "b08?auth_key=1-0-0-k");
    }

    #[test]
    fn a_live_without_address_or_id() {
        assert!(made(r#"{"id":"1","url":"http://page.example"}"#).unwrap().push.is_none());
        assert!(made(r#"{"id":"1"}"#).unwrap().push.is_none());
        assert!(made(r#"{"url":"rtmp://h/a/b"}"#).is_none());
    }

    #[test]
    fn every_status() {
        let expected = [
            (0, Status::NotStarted),
            (1, Status::Live),
            (2, Status::Deleted),
            (3, Status::Ended),
            (4, Status::Postponed),
            (5, Status::Ended),
            (6, Status::AnchorAway),
            (7, Status::Unknown),
        ];
        for (number, status) in expected {
            let reply = Shown { status: Some(number), ..Shown::default() };
            let facts = shown(&RemoteId("x".into()), reply);
            assert_eq!((facts.status, facts.status_code), (status, Some(number)));
        }
    }

    #[test]
    fn the_documented_sample() {
        let reply = serde_json::from_str(
            r#"{"id":"230912aa","uid":"1596","title":"t","url":"http://l.example/show?id=1","summary":"s",
                "status":3,"live_views":0,"total_views":345,"create_time":"2016-10-20 16:40:29"}"#,
        );
        let facts = shown(&RemoteId("230912aa".into()), reply.unwrap());
        assert_eq!(facts.started_at.unwrap().to_string(), "2016-10-20T08:40:29Z");
        assert_eq!(facts.landing_url.as_deref(), Some("http://l.example/show?id=1"));
        assert_eq!(facts.figures.get(&FigureKind::Watching), Some(&0));
        assert_eq!(facts.figures.get(&FigureKind::Likes), None, "not told, not zero");
    }
}
