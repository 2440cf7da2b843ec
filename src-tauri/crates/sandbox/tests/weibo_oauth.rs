//! Signing in at Weibo, as a browser and an app do it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashMap;
use std::time::Duration;

use common::{Weibo, quiet, text};
use kaibo_sandbox::{Control, Dialect, Sandbox};
use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;

const CALLBACK: &str = "http://127.0.0.1:18999/weibo";
const STATE: &str = "s t&a=t+e";

/// An app with its browser, which doesn't follow redirects.
struct App {
    base: String,
    key: String,
    secret: String,
    control: Control,
    http: reqwest::Client,
}

/// What came back for a page.
struct Page {
    status: u16,
    html: String,
    /// Where the browser is sent.
    to: Option<Url>,
}

impl Page {
    /// The text of the element with this id.
    fn at(&self, id: &str) -> &str {
        let from = self.html.split_once(&format!("id={id}>")).unwrap_or_else(|| panic!("{}", self.html)).1;
        from.split('<').next().unwrap()
    }

    fn token(&self) -> &str {
        let from = self.html.split_once("name=page value=").unwrap_or_else(|| panic!("{}", self.html)).1;
        from.split('>').next().unwrap()
    }

    fn answer(&self) -> HashMap<String, String> {
        self.to.as_ref().unwrap().query_pairs().into_owned().collect()
    }
}

impl App {
    fn of(sandbox: &Sandbox) -> Self {
        let control = sandbox.control();
        let (key, secret) = control.weibo_app();
        control.weibo_redirects(vec![CALLBACK.to_owned()]);
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { base: sandbox.addresses().weibo, key, secret, control, http }
    }

    async fn page(&self, request: reqwest::RequestBuilder) -> Page {
        let reply = request.send().await.unwrap();
        let location = reply.headers().get("location").map(|to| to.to_str().unwrap().parse().unwrap());
        Page { status: reply.status().as_u16(), to: location, html: reply.text().await.unwrap() }
    }

    /// Opens the page with these fields in place of the usual ones; an empty value leaves a field out.
    async fn ask(&self, other: &[(&str, &str)]) -> Page {
        let mut fields = vec![
            ("client_id", self.key.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("state", STATE),
        ];
        fields.retain(|(name, _)| other.iter().all(|(replaced, _)| replaced != name));
        fields.extend(other.iter().filter(|(_, value)| !value.is_empty()));
        self.page(self.http.get(format!("{}/oauth2/authorize", self.base)).query(&fields)).await
    }

    async fn press(&self, fields: &[(&str, &str)]) -> Page {
        self.page(self.http.post(format!("{}/oauth2/authorize", self.base)).form(fields)).await
    }

    /// The person allows it.
    async fn code(&self) -> String {
        let page = self.ask(&[]).await;
        let back = self.press(&[("page", page.token()), ("decision", "allow")]).await;
        back.answer()["code"].clone()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let reply = self.http.post(format!("{}{path}", self.base)).form(fields).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    }

    fn exchange<'a>(&'a self, code: &'a str) -> [(&'static str, &'a str); 5] {
        [
            ("client_id", &self.key),
            ("client_secret", &self.secret),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ]
    }

    async fn sign_in(&self) -> String {
        let code = self.code().await;
        let (status, reply) = self.post("/oauth2/access_token", &self.exchange(&code)).await;
        assert_eq!(status, 200, "{reply}");
        text(&reply["access_token"])
    }

    /// The error that an ordinary call with this token gets; 0 for none.
    async fn code_for(&self, token: &str) -> u64 {
        let fields = [("access_token", token)];
        let (_, reply) = self.post("/2/proxy/live2/user/authed", &fields).await;
        reply.get("error_code").map_or(0, |code| code.as_u64().unwrap())
    }

    async fn info(&self, token: &str) -> (u16, Value) {
        self.post("/oauth2/get_token_info", &[("access_token", token)]).await
    }
}

#[tokio::test]
async fn the_person_allows_and_the_app_gets_a_token() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let page = app.ask(&[]).await;
    assert_eq!((page.status, page.at("person")), (200, common::account(&sandbox, "weibo").name.as_str()));
    assert!(!page.at("app").is_empty() && page.html.contains("Sandbox"), "{}", page.html);
    assert!(!page.html.contains(&app.secret));

    let back = app.press(&[("page", page.token()), ("decision", "allow")]).await;
    assert_eq!(back.status, 302);
    assert!(back.to.as_ref().unwrap().as_str().starts_with(&format!("{CALLBACK}?")), "{:?}", back.to);
    let answer = back.answer();
    assert_eq!((answer["state"].as_str(), answer.len()), (STATE, 2), "code and state alone");

    let (status, reply) = app.post("/oauth2/access_token", &app.exchange(&answer["code"])).await;
    assert_eq!(status, 200, "{reply}");
    let life = 30 * 86_400;
    assert_eq!((&reply["expires_in"], &reply["remind_in"]), (&life.into(), &life.to_string().into()));
    let mut weibo = Weibo::of(&sandbox);
    weibo.token = text(&reply["access_token"]);
    let (_, uid) = weibo.get("/2/account/get_uid.json?").await;
    assert_eq!(text(&reply["uid"]), uid["uid"].to_string());
}

#[tokio::test]
async fn the_person_refuses() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let page = app.ask(&[]).await;
    let back = app.press(&[("page", page.token()), ("decision", "refuse")]).await;
    let answer = back.answer();
    assert_eq!((back.status, answer["error"].as_str()), (302, "access_denied"));
    assert_eq!((answer["error_code"].as_str(), answer["state"].as_str()), ("21330", STATE));
    assert!(!answer["error_description"].is_empty() && !answer.contains_key("code"));
}

#[tokio::test]
async fn a_page_decides_once_and_nobody_can_make_one_up() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let page = app.ask(&[]).await;
    for fields in [
        vec![("decision", "allow")],
        vec![("page", "0123456789abcdef0123456789abcdef"), ("decision", "allow")],
        vec![("page", page.token())],
        vec![("page", page.token()), ("decision", "perhaps")],
    ] {
        let reply = app.press(&fields).await;
        assert_eq!((reply.status, reply.at("error-code")), (400, "21323"), "{fields:?}");
        assert!(reply.to.is_none());
    }
    let allow = [("page", page.token()), ("decision", "allow")];
    assert_eq!(app.press(&allow).await.status, 302, "mistakes elsewhere leave it usable");
    assert_eq!(app.press(&allow).await.at("error-code"), "21323");

    let old = app.ask(&[]).await;
    app.control.advance_clock(Duration::from_mins(10));
    assert_eq!(app.press(&[("page", old.token()), ("decision", "allow")]).await.at("error-code"), "21323");
}

#[tokio::test]
async fn a_wrong_question_gets_a_page_with_its_code() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let long = "s".repeat(1025);
    for (name, value, code) in [
        ("client_id", "", "21324"),
        ("client_id", "1", "21324"),
        ("redirect_uri", "", "21322"),
        ("redirect_uri", "http://127.0.0.1:18999/weibo/", "21322"),
        ("redirect_uri", "http://127.0.0.1:18999/weibo?a=1", "21322"),
        ("redirect_uri", "http://localhost:18999/weibo", "21322"),
        ("redirect_uri", "https://api.weibo.com/oauth2/default.html", "21322"),
        ("display", "huge", "21323"),
        ("forcelogin", "1", "21323"),
        ("language", "tlh", "21323"),
        ("state", &long, "21323"),
    ] {
        let page = app.ask(&[(name, value)]).await;
        assert_eq!((page.status, page.at("error-code")), (400, code), "{name}={value}");
        assert!(page.to.is_none(), "{name}={value}");
    }
    let back = app.ask(&[("response_type", "token")]).await;
    let answer = back.answer();
    assert_eq!((answer["error_code"].as_str(), answer["state"].as_str()), ("21329", STATE));
    for (name, value) in [
        ("response_type", ""),
        ("display", "client"),
        ("forcelogin", "true"),
        ("language", "en"),
        ("scope", "email"),
    ] {
        assert_eq!(app.ask(&[(name, value)]).await.status, 200, "{name}={value}");
    }
    assert!(app.ask(&[("language", "en")]).await.html.contains(">Refuse<"));
}

#[tokio::test]
async fn each_mistake_at_the_exchange_has_its_code() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let other = "http://127.0.0.1:18999/other";
    app.control.weibo_redirects(vec![CALLBACK.to_owned(), other.to_owned()]);
    let code = app.code().await;
    for (name, value, expected) in [
        ("client_id", "1", 21324),
        ("client_secret", "0", 21324),
        ("client_secret", "", 21324),
        ("grant_type", "", 21323),
        ("grant_type", "password", 21328),
        ("grant_type", "refresh_token", 21326),
        ("code", "", 21323),
        ("code", "made-up", 21325),
        ("redirect_uri", "", 21323),
        ("redirect_uri", "http://127.0.0.1/weibo", 21322),
    ] {
        let mut fields = app.exchange(&code);
        fields.iter_mut().find(|field| field.0 == name).unwrap().1 = value;
        let (status, reply) = app.post("/oauth2/access_token", &fields).await;
        assert_eq!((status, &reply["error_code"]), (400, &expected.into()), "{name}={value}");
        assert_eq!((&reply["request"], &reply["error_uri"]), (&reply["error_uri"], &reply["request"]));
        assert!(!text(&reply["error"]).is_empty() && !text(&reply["error_description"]).is_empty());
        assert!(!reply.to_string().contains(&app.secret), "{reply}");
    }
    let get = app.http.get(format!("{}/oauth2/access_token", app.base)).send().await.unwrap();
    assert_eq!(get.json::<Value>().await.unwrap()["error_code"], 10021);

    let exchange = app.exchange(&code);
    let in_query = app.http.post(format!("{}/oauth2/access_token", app.base)).query(&exchange);
    let reply = in_query.send().await.unwrap().json::<Value>().await.unwrap();
    assert!(reply.get("access_token").is_some(), "the query does as well: {reply}");
    assert_eq!(app.post("/oauth2/access_token", &exchange).await.1["error_code"], 21325, "used up");

    let code = app.code().await;
    let mut fields = app.exchange(&code);
    fields[4].1 = other;
    assert_eq!(app.post("/oauth2/access_token", &fields).await.1["error_code"], 21322);
    assert_eq!(app.post("/oauth2/access_token", &app.exchange(&code)).await.1["error_code"], 21325);

    let code = app.code().await;
    app.control.advance_clock(Duration::from_mins(10));
    assert_eq!(app.post("/oauth2/access_token", &app.exchange(&code)).await.1["error_code"], 21325);
}

#[tokio::test]
async fn two_tokens_work_at_once_and_end_by_themselves() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    assert_eq!(app.control.weibo_tokens(), 0);
    app.control.weibo_token_life(Duration::from_hours(1));
    let short = app.sign_in().await;
    app.control.weibo_token_life(Duration::from_hours(3));
    let long = app.sign_in().await;
    assert_eq!(
        (app.code_for(&short).await, app.code_for(&long).await, app.control.weibo_tokens()),
        (0, 0, 2)
    );

    app.control.advance_clock(Duration::from_hours(2));
    assert_eq!((app.code_for(&short).await, app.code_for(&long).await), (21327, 0));
    assert_eq!((app.code_for("2.00nobody").await, app.control.weibo_tokens()), (21332, 1));
    let (_, info) = app.info(&short).await;
    assert!((-3700..=-3600).contains(&info["expire_in"].as_i64().unwrap()), "{info}");

    app.control.expire_tokens("weibo");
    assert_eq!((app.code_for(&long).await, app.control.weibo_tokens()), (21327, 0));
    assert!(app.info(&long).await.1["expire_in"].as_i64().unwrap() < 0);
    let own = common::account(&sandbox, "weibo").secrets["access_token"].clone();
    assert_eq!((app.code_for(&own).await, app.control.weibo_tokens()), (0, 1));
    assert_eq!(common::account(&sandbox, "weibo").secrets["access_token"], own, "the same while it works");
}

#[tokio::test]
async fn a_token_tells_of_itself() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let token = app.sign_in().await;
    let (_, info) = app.info(&token).await;
    assert_eq!(info["appkey"].to_string(), app.key);
    assert!(info["uid"].is_u64() && info["create_at"].is_i64() && info["scope"].is_null());
    assert!((2_591_900..=2_592_000).contains(&info["expire_in"].as_i64().unwrap()), "{info}");
    assert_eq!(app.info("2.00nobody").await.1["error_code"], 21332);
    assert_eq!(app.post("/oauth2/get_token_info", &[]).await.1["error_code"], 21323);

    app.control.set_dialect("weibo", Dialect::Documented);
    let (_, info) = app.info(&token).await;
    assert!(text(&info["expire_in"]).parse::<i64>().unwrap() > 0);
    let code = app.code().await;
    let (_, reply) = app.post("/oauth2/access_token", &app.exchange(&code)).await;
    assert_eq!(text(&reply["expires_in"]), "2592000");
    assert_eq!(app.info("2.00nobody").await.1["error_code"], "21332");
}

#[tokio::test]
async fn a_token_can_be_taken_back() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let (first, second, third) = (app.sign_in().await, app.sign_in().await, app.sign_in().await);
    let revoke = |token: String| {
        let app = &app;
        async move { app.post("/oauth2/revokeoauth2", &[("access_token", &token)]).await.1 }
    };
    assert_eq!(revoke(first.clone()).await["result"], "true");
    assert_eq!((app.code_for(&first).await, app.code_for(&second).await), (21321, 0));
    assert_eq!(revoke(first.clone()).await["error_code"], 21321);
    let (status, info) = app.info(&first).await;
    assert_eq!((status, &info["error_code"]), (403, &21321.into()), "no exception for reading");
    let get = app.http.get(format!("{}/oauth2/revokeoauth2?access_token={second}", app.base));
    assert_eq!(get.send().await.unwrap().json::<Value>().await.unwrap()["result"], "true");
    assert_eq!((app.code_for(&second).await, app.control.weibo_tokens()), (21321, 1));
    app.control.expire_tokens("weibo");
    assert_eq!(revoke(third).await["error_code"], 21327);
    assert_eq!(revoke("2.00nobody".into()).await["error_code"], 21332);

    let own = common::account(&sandbox, "weibo").secrets["access_token"].clone();
    assert_eq!(revoke(own.clone()).await["result"], "true");
    let next = common::account(&sandbox, "weibo").secrets["access_token"].clone();
    assert_eq!((app.code_for(&own).await, app.code_for(&next).await), (21321, 0));
}

#[tokio::test]
async fn the_default_page_shows_its_address() {
    let sandbox = quiet().await;
    let app = App::of(&sandbox);
    let own = format!("{}/oauth2/default.html", app.base);
    assert_eq!(app.ask(&[("redirect_uri", &own)]).await.at("error-code"), "21322", "another is registered");
    let fresh = quiet().await;
    let app = App { control: fresh.control(), base: fresh.addresses().weibo, ..app };
    let own = format!("{}/oauth2/default.html", app.base);
    let page = app.ask(&[("redirect_uri", &own)]).await;
    let back = app.press(&[("page", page.token()), ("decision", "allow")]).await;
    let to = back.to.as_ref().unwrap().as_str();
    assert!(to.starts_with(&format!("{own}?code=")));
    let shown = app.page(app.http.get(to)).await;
    assert_eq!((shown.status, shown.at("address").replace("&amp;", "&").as_str()), (200, to));
    let shown = app.page(app.http.get(format!("{own}?a=1&amp=2"))).await;
    assert!(shown.html.contains("?a=1&amp;amp=2<"), "{}", shown.html);
}
