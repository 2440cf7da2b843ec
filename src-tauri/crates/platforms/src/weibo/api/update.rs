//! `live/update`: changes a live object's texts, cover and visibility, or ends it.
//! <http://open.weibo.com/wiki/Live/api> (直播更新接口)

use kaibo_live::driver::Outcome;
use kaibo_live::room::Visibility;

use super::super::auth::Client;
use super::super::codes::Meant;
use super::Taken;
use super::create::published;
use crate::http::Intent;

/// What to change. What is `None` is not sent.
///
/// For most fields leaving out means *as it is*. `published` has a default of its own, 2, "not
/// published": the platform's SDK sends that 2 with every change of a post that is out already, and
/// the post stays out. So 2 reads as *no step towards publishing*, leaving the field out says the
/// same, and Kaibo leaves it out. `stop` defaults to 0, which an ended live hasn't been seen to heed.
#[derive(Default)]
pub(in super::super) struct Ask<'a> {
    pub(in super::super) title: Option<&'a str>,
    pub(in super::super) summary: Option<&'a str>,
    pub(in super::super) visibility: Option<Visibility>,
    pub(in super::super) image: Option<&'a str>,
    /// Ends the broadcast.
    pub(in super::super) stop: bool,
    pub(in super::super) replay_url: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// The fields to send; empty when nothing changes.
    pub(in super::super) fn fields(&self) -> Vec<(&'static str, &'a str)> {
        [
            ("title", self.title),
            ("summary", self.summary),
            ("published", self.visibility.map(published)),
            ("image", self.image),
            ("stop", self.stop.then_some("1")),
            ("replay_url", self.replay_url),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

/// Sends it. A write.
pub(in super::super) async fn send(client: &Client, id: &str, ask: &Ask<'_>) -> Outcome<()> {
    let mut form = vec![("id", id)];
    form.extend(ask.fields());
    let meant = Meant::Post { summary: ask.summary.unwrap_or_default() };
    // The answer repeats the id and nothing else.
    client.post::<Taken>(Intent::Write, "/2/proxy/live/update", &form, meant).await.map(drop)
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::{InvalidReason, ProblemCode};

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/update";

    #[tokio::test]
    async fn only_what_changes_is_sent() {
        let server = expecting(PATH, "id=230916aa&title=new", 200, r#"{"id":"230916aa"}"#).await;
        let ask = Ask { title: Some("new"), ..Ask::default() };
        send(&client(&server), "230916aa", &ask).await.unwrap();
    }

    #[tokio::test]
    async fn everything_can_be_sent() {
        let form = "id=1&title=t&summary=s&published=1&image=https%3A%2F%2Fi.example%2Fa&stop=1\
            &replay_url=https%3A%2F%2Fr.example%2Fb";
        let server = expecting(PATH, form, 200, r#"{"id":"1"}"#).await;
        let ask = Ask {
            title: Some("t"),
            summary: Some("s"),
            visibility: Some(Visibility::Private),
            image: Some("https://i.example/a"),
            stop: true,
            replay_url: Some("https://r.example/b"),
        };
        send(&client(&server), "1", &ask).await.unwrap();
    }

    #[tokio::test]
    async fn a_refused_summary_is_told_with_its_length() {
        let reply = r#"{"request":"","error_code":20010,"error":"weibo content more than 130 word"}"#;
        let server = expecting(PATH, "id=1&summary=abcd", 200, reply).await;
        let ask = Ask { summary: Some("abcd"), ..Ask::default() };
        let failure = send(&client(&server), "1", &ask).await.unwrap_err();
        let reason = InvalidReason::TooLong { used: 2, limit: 130 };
        assert_eq!(failure.code, ProblemCode::Invalid { field: "summary".into(), reason });
    }

    #[tokio::test]
    async fn an_unknown_code_is_kept() {
        let server = expecting(PATH, "id=1&stop=1", 200, r#"{"error_code":"31415","error":"?"}"#).await;
        let failure = send(&client(&server), "1", &Ask { stop: true, ..Ask::default() }).await.unwrap_err();
        assert_eq!((failure.code, failure.platform_code.as_deref()), (ProblemCode::Refused, Some("31415")));
    }
}
