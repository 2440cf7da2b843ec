//! `live/create`: makes a live object and a post, and tells where to push.
//! <http://open.weibo.com/wiki/Live/api> (直播创建接口)

use kaibo_live::driver::Outcome;
use kaibo_live::room::Visibility;
use serde::Deserialize;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

/// What to make.
pub(in super::super) struct Ask<'a> {
    /// Title; must not be empty.
    pub(in super::super) title: &'a str,
    /// Picture size in pixels. A cover wants the same ratio.
    pub(in super::super) size: (u32, u32),
    /// The post's text; empty means none.
    pub(in super::super) summary: &'a str,
    /// Who can see the post.
    pub(in super::super) visibility: Visibility,
    /// Cover address; empty means none.
    pub(in super::super) image: &'a str,
}

/// The answer. The page's table calls the address `rtmp_url`; real answers call it `url` and add
/// `room_id`, for the newer chat API. No `Debug`: the address holds the stream key.
#[derive(Deserialize)]
pub(in super::super) struct Created {
    #[serde(default, deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    rtmp_url: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    url: Option<String>,
}

impl Created {
    /// The whole push address, by whichever name it came.
    pub(in super::super) fn push_url(&self) -> Option<&str> {
        self.rtmp_url.as_deref().or(self.url.as_deref())
    }
}

/// `published` is always sent: 0 for everybody, 1 for the streamer alone.
pub(in super::super) fn published(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "0",
        Visibility::Private => "1",
    }
}

/// Sends it. A write. Recording (`replay`) is left at the platform's default, on.
pub(in super::super) async fn send(client: &Client, ask: &Ask<'_>) -> Outcome<Created> {
    let (width, height) = (ask.size.0.to_string(), ask.size.1.to_string());
    let mut form = vec![("title", ask.title), ("width", &width), ("height", &height)];
    if !ask.summary.is_empty() {
        form.push(("summary", ask.summary));
    }
    form.push(("published", published(ask.visibility)));
    if !ask.image.is_empty() {
        form.push(("image", ask.image));
    }
    let meant = Meant::Post { summary: ask.summary };
    client.post(Intent::Write, "/2/proxy/live/create", &form, meant).await
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/create";

    fn ask() -> Ask<'static> {
        Ask {
            title: "晚上好 a&b",
            size: (1920, 1080),
            summary: "",
            visibility: Visibility::Public,
            image: "",
        }
    }

    const FORM: &str = "title=%E6%99%9A%E4%B8%8A%E5%A5%BD+a%26b&width=1920&height=1080&published=0";

    #[tokio::test]
    async fn the_documented_and_the_real_answer_are_read() {
        for reply in [
            r#"{"id":"230916aa","rtmp_url":"rtmp://ps.example/alicdn/b082?auth_key=1-0-0-k"}"#,
            r#"{"id":"230916aa","room_id":"1042097:b082","url":"rtmp://ps.example/alicdn/b082?auth_key=1-0-0-k"}"#,
        ] {
            let server = expecting(PATH, FORM, 200, reply).await;
            let created = send(&client(&server), &ask()).await.unwrap();
            assert_eq!(created.id.as_deref(), Some("230916aa"));
            assert_eq!(created.push_url(), Some("rtmp://ps.example/alicdn/b082?auth_key=1-0-0-k"));
        }
    }

    #[tokio::test]
    async fn everything_is_encoded_once() {
        let form = "title=t&width=720&height=1280&summary=%E7%9C%8B+100%25&published=1\
            &image=https%3A%2F%2Fimg.example%2Fa.jpg%3Fx%3D1%26y%3D2";
        let server = expecting(PATH, form, 200, r#"{"id":1}"#).await;
        let ask = Ask {
            title: "t",
            size: (720, 1280),
            summary: "看 100%",
            visibility: Visibility::Private,
            image: "https://img.example/a.jpg?x=1&y=2",
        };
        assert_eq!(send(&client(&server), &ask).await.unwrap().id.as_deref(), Some("1"));
    }

    #[tokio::test]
    async fn refusals_are_read_from_the_body_whatever_the_status() {
        for (status, reply, code, platform_code) in [
            (
                200,
                r#"{"request":"/2/","error_code":"21327","error":"expired_token"}"#,
                ProblemCode::SignInExpired,
                "21327",
            ),
            (400, r#"{"error_code":21327,"error":"expired_token"}"#, ProblemCode::SignInExpired, "21327"),
            (403, r#"{"error_code":20013,"error":"authority not allow"}"#, ProblemCode::NotAllowed, "20013"),
            (500, r#"{"error_code":77777,"error":"new"}"#, ProblemCode::Refused, "77777"),
        ] {
            let server = expecting(PATH, FORM, status, reply).await;
            let Err(failure) = send(&client(&server), &ask()).await else { panic!("{reply}") };
            assert_eq!((failure.code, failure.platform_code.as_deref()), (code, Some(platform_code)));
        }
    }

    #[tokio::test]
    async fn a_quoted_token_is_not_passed_on() {
        let reply = format!(r#"{{"error_code":21332,"error":"bad token {}"}}"#, super::super::testing::TOKEN);
        let server = expecting(PATH, FORM, 400, &reply).await;
        let Err(failure) = send(&client(&server), &ask()).await else { panic!("refused") };
        assert_eq!(failure.message.as_deref(), Some("bad token …"));
    }
}
