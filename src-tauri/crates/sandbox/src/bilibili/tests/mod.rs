//! The played Bilibili over real HTTP and a real socket.

mod air;
mod leave;
mod moderation;
mod passport;
mod renew;
mod room;
mod socket;

use reqwest::Client;
use serde_json::Value;

use crate::{Config, Sandbox};

/// A browser, as far as the platform can tell.
struct Browser {
    sandbox: Sandbox,
    http: Client,
    base: String,
    cookie: String,
    jct: String,
    room: String,
}

impl Browser {
    async fn new() -> Self {
        let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        let base = sandbox.addresses().bilibili;
        let room = sandbox.control().rooms("bilibili")[0].id.clone();
        let mut browser = Self { sandbox, http, base, cookie: String::new(), jct: String::new(), room };
        browser.sign_in();
        browser
    }

    /// Takes the account's cookies as they are valid now.
    fn sign_in(&mut self) {
        let accounts = self.sandbox.accounts();
        let account = accounts.iter().find(|account| account.platform == "bilibili").unwrap();
        self.wear(account.secrets["cookie"].clone());
    }

    fn wear(&mut self, cookie: String) {
        let jct = cookie.split("bili_jct=").nth(1).unwrap_or_default();
        self.jct = jct.split(';').next().unwrap().to_owned();
        self.cookie = cookie;
    }

    fn uid(&self) -> String {
        self.cookie.split("DedeUserID=").nth(1).unwrap().to_owned()
    }

    async fn get(&self, target: &str) -> Value {
        let request = self.http.get(format!("{}{target}", self.base)).header("Cookie", &self.cookie);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// A form exactly as given.
    async fn raw(&self, path: &str, form: String) -> Value {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("Cookie", &self.cookie)
            .header("Content-Type", "application/x-www-form-urlencoded");
        request.body(form).send().await.unwrap().json().await.unwrap()
    }

    /// A form with the two csrf fields.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("csrf", &self.jct).append_pair("csrf_token", &self.jct);
        self.raw(path, form.finish()).await
    }

    async fn start(&self, more: &[(&str, &str)]) -> Value {
        let mut fields = vec![("room_id", self.room.as_str()), ("area_v2", "27"), ("platform", "pc_link")];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend_from_slice(more);
        self.post("/room/v1/Room/startLive", &fields).await
    }

    async fn stop(&self) -> Value {
        let fields = [("room_id", self.room.as_str()), ("platform", "pc_link")];
        self.post("/room/v1/Room/stopLive", &fields).await
    }

    async fn say(&self, text: &str) -> Value {
        let fields = [
            ("roomid", self.room.as_str()),
            ("msg", text),
            ("rnd", "1795300000"),
            ("fontsize", "25"),
            ("color", "16777215"),
            ("mode", "1"),
            ("bubble", "0"),
        ];
        self.post("/msg/send", &fields).await
    }

    /// The query of `getDanmuInfo`, signed with the keys of `nav`.
    async fn signed_way_in(&self) -> String {
        let nav = self.get("/x/web-interface/nav").await;
        let stem = |key: &str| {
            let url = nav["data"]["wbi_img"][key].as_str().unwrap().to_owned();
            url.rsplit('/').next().unwrap().trim_end_matches(".png").to_owned()
        };
        let mixin = super::sign::mixin(&stem("img_url"), &stem("sub_url"));
        let wts = jiff::Timestamp::now().as_second();
        let query = format!("id={}&type=0&web_location=444.8&wts={wts}", self.room);
        let sign = super::sign::md5_hex(&format!("{query}{mixin}"));
        format!("/xlive/web-room/v1/index/getDanmuInfo?{query}&w_rid={sign}")
    }

    async fn info(&self) -> Value {
        self.get(&format!("/room/v1/Room/get_info?room_id={}", self.room)).await["data"].clone()
    }
}
