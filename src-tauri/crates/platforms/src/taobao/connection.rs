//! One Taobao app and the lives it watches, in the domain's terms.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use kaibo_live::account::{Profile, Settings};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Outcome, Picture};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::{RemoteId, RoomFacts};
use kaibo_live::secret::Credentials;

use super::api::fetch_origin::{self, Gateway};
use super::auth::SignMethod;
use super::{GATEWAY, map};
use crate::connect::{PlainHttp, base_url, check_token, secret, text};
use crate::http::{Http, Redirects};
use crate::picture;

/// The most lives one account watches.
const LIVES_CAP: usize = 20;
/// Between two readings of a live. An app that isn't online yet has 5,000 calls a day: one live an
/// evening takes a fifth of them.
const READ_INTERVAL: Duration = Duration::from_secs(15);

/// One app.
pub(super) struct TaobaoConnection {
    gateway: Gateway,
    lives: Vec<RemoteId>,
}

impl TaobaoConnection {
    pub(super) fn new(
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Self> {
        let gateway = Gateway {
            app_key: text(settings, "app_key")?,
            app_secret: secret(credentials, "app_secret")?,
            url: base_url(settings, "base_url", GATEWAY, PlainHttp::Loopback)?,
            sign_method: choice(settings, "sign_method", SignMethod::HmacSha256, SignMethod::named)?,
            format: choice(settings, "format", "json", |name| {
                ["json", "xml"].into_iter().find(|f| *f == name)
            })?,
            http: Http::new(Platform::Taobao, Redirects::SameHost, clock),
        };
        Ok(Self { gateway, lives: lives(settings.get("live_ids").unwrap_or_default())? })
    }
}

fn choice<T>(settings: &Settings, field: &str, default: T, named: impl Fn(&str) -> Option<T>) -> Outcome<T> {
    let Some(name) = settings.get(field) else { return Ok(default) };
    named(name).ok_or_else(|| Failure::invalid(field, InvalidReason::Malformed))
}

/// Ids, one a line; commas and spaces part them too.
fn lives(list: &str) -> Outcome<Vec<RemoteId>> {
    const FIELD: &str = "live_ids";
    let mut lives = Vec::new();
    for id in list.split([',', '，', ';']).flat_map(str::split_whitespace) {
        check_token(FIELD, id)?;
        let id = RemoteId(id.to_owned());
        if !lives.contains(&id) {
            lives.push(id);
        }
    }
    let reason = match lives.len() {
        0 => InvalidReason::Empty,
        1..=LIVES_CAP => return Ok(lives),
        more => InvalidReason::TooLong {
            used: u32::try_from(more).unwrap_or(u32::MAX),
            limit: u32::try_from(LIVES_CAP).unwrap_or(u32::MAX),
        },
    };
    Err(Failure::invalid(FIELD, reason))
}

#[async_trait]
impl Connection for TaobaoConnection {
    /// The credentials are good when one of the lives can be read; when none is known, that is the
    /// problem to tell.
    async fn check(&self) -> Outcome<Profile> {
        let mut unknown = None;
        for id in &self.lives {
            match fetch_origin::send(&self.gateway, &id.0).await {
                Ok(live) => {
                    return Ok(Profile {
                        user_id: live.author.id,
                        name: live.author.display_name,
                        ..Profile::default()
                    });
                }
                Err(failure) if failure.code == ProblemCode::NotFound => unknown = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        Err(unknown.unwrap_or_else(|| Failure::new(ProblemCode::NotFound).at(Platform::Taobao)))
    }

    /// Each of the ids. One that the platform doesn't know is listed with nothing but its id, so that
    /// it doesn't cost the others.
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        let mut rooms = Vec::with_capacity(self.lives.len());
        for id in &self.lives {
            rooms.push(match self.read(id).await {
                Err(failure) if failure.code == ProblemCode::NotFound => RoomFacts::of(id.clone()),
                read => read?,
            });
        }
        Ok(rooms)
    }

    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        Ok(map::room(room, fetch_origin::send(&self.gateway, &room.0).await?))
    }

    fn read_interval(&self) -> Duration {
        READ_INTERVAL
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.gateway.http.skew()
    }

    async fn picture(&self, url: &str) -> Outcome<Picture> {
        picture::fetch(&self.gateway.http, url).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kaibo_live::room::Status;
    use wiremock::matchers::{any, body_string_contains};
    use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

    use super::*;
    use crate::testing::FixedClock;

    fn connect(fields: &[(&str, &str)], app_secret: &str) -> Outcome<TaobaoConnection> {
        let map: BTreeMap<_, _> = [("app_key", "12345678"), ("live_ids", "1\n2")]
            .iter()
            .chain(fields)
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let mut credentials = Credentials::default();
        credentials.set("app_secret", app_secret.to_owned().into());
        TaobaoConnection::new(&Settings(map), &credentials, Arc::new(FixedClock::default()))
    }

    async fn answer(server: &MockServer, live_id: &str, reply: &str) {
        Mock::given(body_string_contains(format!("&live_id={live_id}&")))
            .respond_with(ResponseTemplate::new(200).set_body_string(reply))
            .mount(server)
            .await;
    }

    const UNKNOWN: &str = r#"{"error_response":{"code":50,"sub_code":"isv.invalid-parameter"}}"#;
    const LIVE: &str = r#"{"live_room_fetch_origin_response":{"result":{"title":"t","status":1,
        "author":{"id":"77","display_name":"小明"}}}}"#;

    #[tokio::test]
    async fn each_id_is_a_room_and_an_unknown_one_does_not_cost_the_others() {
        let server = MockServer::start().await;
        answer(&server, "1", UNKNOWN).await;
        answer(&server, "2", LIVE).await;
        let taobao = connect(&[("base_url", &server.uri())], "s").unwrap();
        let rooms = taobao.find_rooms().await.unwrap();
        let seen: Vec<_> = rooms.iter().map(|r| (r.remote.0.as_str(), r.status)).collect();
        assert_eq!(seen, [("1", Status::Unknown), ("2", Status::Live)]);
        assert_eq!(taobao.read(&RemoteId("1".into())).await.unwrap_err().code, ProblemCode::NotFound);
        let profile = taobao.check().await.unwrap();
        assert_eq!((profile.user_id.as_deref(), profile.name.as_deref()), (Some("77"), Some("小明")));
    }

    #[tokio::test]
    async fn a_check_tells_that_no_id_is_known_and_that_credentials_are_wrong() {
        let server = MockServer::start().await;
        answer(&server, "1", UNKNOWN).await;
        answer(&server, "2", UNKNOWN).await;
        let refused = r#"{"error_response":{"code":25,"msg":"Invalid signature"}}"#;
        answer(&server, "3", refused).await;
        let taobao = connect(&[("base_url", &server.uri())], "s").unwrap();
        assert_eq!(taobao.check().await.unwrap_err().code, ProblemCode::NotFound);
        let taobao = connect(&[("base_url", &server.uri()), ("live_ids", "3 1")], "s").unwrap();
        assert_eq!(taobao.check().await.unwrap_err().code, ProblemCode::CredentialsRefused);
        assert!(taobao.find_rooms().await.is_err());
    }

    /// Takes calls whose time is right to ten minutes, as the gateway does.
    struct TakesTheTime;

    impl Respond for TakesTheTime {
        fn respond(&self, request: &Request) -> ResponseTemplate {
            let form: BTreeMap<_, _> = url::form_urlencoded::parse(&request.body).into_owned().collect();
            let at = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", &form["timestamp"]).unwrap();
            let at = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).unwrap().timestamp();
            let off = at.duration_since(jiff::Timestamp::now()).abs();
            let refused = r#"{"error_response":{"code":31,"msg":"Invalid timestamp"}}"#;
            ResponseTemplate::new(200).set_body_string(if off < SignedDuration::from_mins(10) {
                LIVE
            } else {
                refused
            })
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_off_is_put_right_by_the_gateways() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(TakesTheTime).mount(&server).await;
        // The fixed clock is off by years.
        let taobao = connect(&[("base_url", &server.uri())], "s").unwrap();
        taobao.read(&RemoteId("1".into())).await.unwrap();
        taobao.read(&RemoteId("2".into())).await.unwrap();
        let calls = server.received_requests().await.unwrap().len();
        assert_eq!(calls, 3, "one refusal tells the time for all that follow");
        assert!(taobao.clock_skew().unwrap().abs() > SignedDuration::from_hours(24), "and it is told");
    }

    #[test]
    fn taobao_can_be_read_and_nothing_else() {
        let taobao = connect(&[], "s").unwrap();
        assert!(taobao.create().is_none() && taobao.edit().is_none() && taobao.start().is_none());
        assert!(taobao.end().is_none() && taobao.delete().is_none() && taobao.keep_alive().is_none());
        assert!(taobao.chat().is_none() && taobao.speak().is_none() && taobao.signal().is_none());
    }

    #[test]
    fn ids_are_parted_and_told_once() {
        let ids: Vec<_> = lives("1\n2\r\n 3, 4，2;5").unwrap().into_iter().map(|id| id.0).collect();
        assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn junk_is_refused_on_connecting() {
        let code = |fields: &[(&str, &str)], secret: &str| connect(fields, secret).err().map(|f| f.code);
        let invalid = |field: &str, reason| Some(ProblemCode::Invalid { field: field.into(), reason });
        assert_eq!(code(&[], "secret"), None);
        assert_eq!(code(&[], ""), invalid("app_secret", InvalidReason::Empty));
        assert_eq!(code(&[], "se\ncret"), invalid("app_secret", InvalidReason::Malformed));
        assert_eq!(code(&[("live_ids", " ")], "s"), invalid("live_ids", InvalidReason::Empty));
        for (field, value) in [
            ("app_key", "1 2"),
            ("live_ids", "直播"),
            ("base_url", "http://eco.taobao.com/router/rest"),
            ("sign_method", "sha1"),
            ("format", "yaml"),
        ] {
            assert_eq!(code(&[(field, value)], "s"), invalid(field, InvalidReason::Malformed), "{value}");
        }
        let many = (0..21).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        let too_many = InvalidReason::TooLong { used: 21, limit: 20 };
        assert_eq!(code(&[("live_ids", &many)], "s"), invalid("live_ids", too_many));
    }
}
