//! Taobao's answer in the domain's words.

use kaibo_live::room::{FigureKind, PlayAddress, PlayForm, RemoteId, RoomFacts, Status};
use url::Url;

use super::api::fetch_origin::{LiveRoom, Urls};
use crate::wire::beijing_time;

/// A live as it was fetched.
pub(super) fn room(asked: &RemoteId, live: LiveRoom) -> RoomFacts {
    let mut facts = RoomFacts::of(asked.clone());
    facts.status = status(&live);
    facts.status_code = live.status();
    facts.started_at = live.stime.as_deref().and_then(beijing_time);
    facts.ended_at = live.etime.as_deref().and_then(beijing_time);
    let links = [live.target_url(), live.url(), live.scheme_url()];
    facts.landing_url = links.into_iter().flatten().find(|link| is_web(link)).map(str::to_owned);
    facts.play = play(&live.urls);
    facts.figures.extend(live.duration.map(|seconds| (FigureKind::Duration, seconds)));
    facts.cover_url = live.image.url.filter(|url| is_web(url));
    facts.title = live.title;
    facts.summary = live.summary;
    facts
}

/// 1 is live: the only number that is shown on the page. An end that is told makes any other an ended
/// live; else 0, 2 and 3 are read as Taobao's mobile programs use them.
fn status(live: &LiveRoom) -> Status {
    let over = live.etime.as_deref().is_some_and(|etime| etime.trim() != "0");
    match live.status() {
        Some(1) => Status::Live,
        _ if over => Status::Ended,
        Some(0) => Status::NotStarted,
        Some(2) => Status::Ended,
        Some(3) => Status::Deleted,
        _ => Status::Unknown,
    }
}

/// The addresses that are addresses, each once.
fn play(urls: &Urls) -> Vec<PlayAddress> {
    let named = [
        (&urls.live_flv_hd, Some(PlayForm::Flv), "hd"),
        (&urls.live_flv_ld, Some(PlayForm::Flv), "ld"),
        (&urls.live_hd, Some(PlayForm::Hls), "hd"),
        (&urls.live_ld, Some(PlayForm::Hls), "ld"),
        // Whatever the name says: these were seen to hold HLS.
        (&urls.rtmp_hd, None, "hd"),
        (&urls.rtmp_ld, None, "ld"),
    ];
    let mut play: Vec<PlayAddress> = Vec::new();
    for (url, usual, quality) in named {
        let Some(url) = url else { continue };
        let Some(form) = form(url, usual) else { continue };
        let address = PlayAddress { form, quality: quality.to_owned(), url: url.clone() };
        if !play.contains(&address) {
            play.push(address);
        }
    }
    for (url, quality) in [(&urls.replay_hd, "hd"), (&urls.replay_ld, "ld")] {
        if let Some(url) = url.as_ref().filter(|url| is_web(url)) {
            let quality = quality.to_owned();
            play.push(PlayAddress { form: PlayForm::Replay, quality, url: url.clone() });
        }
    }
    play
}

/// What an address really is; `usual` when it doesn't show.
fn form(url: &str, usual: Option<PlayForm>) -> Option<PlayForm> {
    let url = Url::parse(url).ok().filter(Url::has_host)?;
    let ends = |end: &str| url.path().to_ascii_lowercase().ends_with(end);
    match url.scheme() {
        "rtmp" | "rtmps" => Some(PlayForm::Rtmp),
        "http" | "https" if ends(".m3u8") => Some(PlayForm::Hls),
        "http" | "https" if ends(".flv") => Some(PlayForm::Flv),
        "http" | "https" => usual,
        _ => None,
    }
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(json: &str) -> RoomFacts {
        room(&RemoteId("275947224638".into()), serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_status() {
        for (json, status, number) in [
            (r#"{"status":1,"etime":"0"}"#, Status::Live, Some(1)),
            (r#"{"status":"1","etime":"2020-08-20 12:00:00"}"#, Status::Live, Some(1)),
            (r#"{"live":{"status":0},"etime":0}"#, Status::NotStarted, Some(0)),
            (r#"{"status":2}"#, Status::Ended, Some(2)),
            (r#"{"status":3,"etime":""}"#, Status::Deleted, Some(3)),
            (r#"{"status":0,"etime":"2020-08-20 12:00:00"}"#, Status::Ended, Some(0)),
            (r#"{"status":9,"etime":"1597885237"}"#, Status::Ended, Some(9)),
            (r#"{"status":9}"#, Status::Unknown, Some(9)),
            ("{}", Status::Unknown, None),
        ] {
            let facts = facts(json);
            assert_eq!((facts.status, facts.status_code), (status, number), "{json}");
        }
    }

    #[test]
    fn play_addresses_are_what_they_are() {
        let facts = facts(
            r#"{"urls":{"live_hd":"http://h/a.m3u8?k=1","live_ld":"http://h/b.m3u8","live_flv_hd":"http://h/a.flv?k=1",
                "live_flv_ld":"https://h/other","rtmp_hd":"http://h/a.m3u8?k=1","rtmp_ld":"rtmp://h/app/x",
                "replay_hd":"http://h/a.m3u8?k=1","replay_ld":"demo"}}"#,
        );
        let play: Vec<_> = facts.play.iter().map(|p| (p.form, p.quality.as_str(), p.url.as_str())).collect();
        assert_eq!(
            play,
            [
                (PlayForm::Flv, "hd", "http://h/a.flv?k=1"),
                (PlayForm::Flv, "ld", "https://h/other"),
                (PlayForm::Hls, "hd", "http://h/a.m3u8?k=1"),
                (PlayForm::Hls, "ld", "http://h/b.m3u8"),
                (PlayForm::Rtmp, "ld", "rtmp://h/app/x"),
                (PlayForm::Replay, "hd", "http://h/a.m3u8?k=1"),
            ]
        );
    }

    #[test]
    fn what_is_no_address_is_dropped() {
        let facts = facts(
            r#"{"urls":{"live_hd":"demo","rtmp_hd":"http://h/page","live_flv_hd":"javascript:x","replay_hd":"1"},
                "image":{"url":"demo"},"url":"taobao://h/x","target_url":"demo"}"#,
        );
        assert_eq!((facts.play, facts.cover_url, facts.landing_url), (vec![], None, None));
    }

    #[test]
    fn times_texts_and_figures() {
        let facts = facts(
            r#"{"title":"t","summary":"s","stime":"2020-08-20 09:00:37","etime":"2020-08-20 10:00:37",
                "duration":"3600","image":{"url":"https://i/a.jpg"},"author":{"url":"https://l/1"}}"#,
        );
        assert_eq!(facts.started_at.unwrap().to_string(), "2020-08-20T01:00:37Z");
        assert_eq!(facts.ended_at.unwrap().to_string(), "2020-08-20T02:00:37Z");
        assert_eq!(facts.figures.get(&FigureKind::Duration), Some(&3600));
        assert_eq!(facts.landing_url.as_deref(), Some("https://l/1"));
        assert_eq!(
            (facts.title.as_deref(), facts.cover_url.as_deref()),
            (Some("t"), Some("https://i/a.jpg"))
        );
    }
}
