//! Taobao's gateway: signatures, times, forms, codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{account, quiet, text};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use kaibo_sandbox::{Dialect, Sandbox};
use md5::{Digest, Md5};
use serde_json::Value;

struct Caller {
    gateway: String,
    key: String,
    secret: String,
    live_ids: Vec<String>,
    http: reqwest::Client,
}

type Fields = BTreeMap<&'static str, String>;

impl Caller {
    fn of(sandbox: &Sandbox) -> Self {
        let account = account(sandbox, "taobao");
        Self {
            gateway: account.settings["base_url"].clone(),
            key: account.settings["app_key"].clone(),
            secret: account.secrets["app_secret"].clone(),
            live_ids: account.settings["live_ids"].split(',').map(str::to_owned).collect(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn fields(&self) -> Fields {
        let now = Timestamp::now().to_zoned(TimeZone::fixed(offset(8)));
        BTreeMap::from([
            ("method", "taobao.live.room.fetch.origin".to_owned()),
            ("app_key", self.key.clone()),
            ("timestamp", now.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            ("format", "json".to_owned()),
            ("v", "2.0".to_owned()),
            ("sign_method", "hmac-sha256".to_owned()),
            ("live_id", self.live_ids[0].clone()),
        ])
    }

    fn signed(&self, mut fields: Fields) -> Fields {
        let joined: String = fields.iter().flat_map(|(name, value)| [*name, value.as_str()]).collect();
        let code = match fields["sign_method"].as_str() {
            "md5" => Md5::digest(format!("{0}{joined}{0}", self.secret)).to_vec(),
            "hmac" => mac::<Hmac<Md5>>(&self.secret, &joined),
            _ => mac::<Hmac<sha2::Sha256>>(&self.secret, &joined),
        };
        fields.insert("sign", hex::encode_upper(code));
        fields
    }

    /// Sends the fields as they are, by POST.
    async fn send(&self, fields: &Fields) -> String {
        let reply = self.http.post(&self.gateway).form(fields).send().await.unwrap();
        assert_eq!(reply.status(), 200, "errors come with 200 as well");
        reply.text().await.unwrap()
    }

    async fn call(&self, change: impl FnOnce(&mut Fields)) -> Value {
        let mut fields = self.fields();
        change(&mut fields);
        serde_json::from_str(&self.send(&self.signed(fields)).await).unwrap()
    }
}

fn mac<M: Mac + hmac::digest::KeyInit>(secret: &str, text: &str) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn every_sign_method_and_transport_works() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    for method in ["md5", "hmac", "hmac-sha256"] {
        let reply = caller
            .call(|fields| {
                fields.insert("sign_method", method.into());
            })
            .await;
        let result = &reply["live_room_fetch_origin_response"]["result"];
        assert_eq!(result["status"], 1, "{method}: {reply}");
        assert!(text(&result["urls"]["live_flv_hd"]).contains(".flv?auth_key="));
        assert_eq!(result["etime"], "0");
    }
    let fields = caller.signed(caller.fields());
    let reply = caller.http.get(&caller.gateway).query(&fields).send().await.unwrap();
    assert!(reply.text().await.unwrap().contains("live_room_fetch_origin_response"));
    // As the official SDK: common parameters in the query, the method's own in the body.
    let (own, common): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| **name == "live_id");
    let reply = caller.http.post(&caller.gateway).query(&common).form(&own).send().await.unwrap();
    assert!(reply.text().await.unwrap().contains("live_room_fetch_origin_response"));
}

#[tokio::test]
async fn xml_is_the_default() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    let mut fields = caller.fields();
    fields.remove("format");
    let reply = caller.send(&caller.signed(fields.clone())).await;
    assert!(reply.contains("<live_room_fetch_origin_response><result>"), "{reply}");
    assert!(reply.contains("os=ios&amp;l=zh"), "text is escaped");
    fields.insert("live_id", "1".into());
    let reply = caller.send(&caller.signed(fields)).await;
    assert!(reply.contains("<error_response><code>50</code>"), "{reply}");
    assert!(reply.contains("<sub_code>isv.invalid-parameter</sub_code>"));
}

#[tokio::test]
async fn an_ended_broadcast_says_so() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    let ended = caller.live_ids[1].clone();
    let reply = caller
        .call(|fields| {
            fields.insert("live_id", ended);
        })
        .await;
    let result = &reply["live_room_fetch_origin_response"]["result"];
    assert_eq!((&result["status"], &result["duration"]), (&2.into(), &7980.into()));
    assert_ne!(result["etime"], "0");
    let live: Vec<bool> = sandbox.control().rooms("taobao").iter().map(|room| room.live).collect();
    assert_eq!(live, [true, false]);
}

#[tokio::test]
async fn each_mistake_has_its_code() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    let cases: [(&'static str, Option<&str>, u64); 14] = [
        ("method", None, 21),
        ("method", Some("taobao.nothing.get"), 22),
        ("format", Some("yaml"), 23),
        ("app_key", None, 28),
        ("app_key", Some("1"), 29),
        ("timestamp", None, 30),
        ("timestamp", Some("2016-01-01 12:00:00"), 31),
        ("timestamp", Some("yesterday"), 31),
        ("v", None, 32),
        ("v", Some("9"), 33),
        ("v", Some("1.0"), 34),
        ("sign_method", Some("sha1"), 25),
        ("live_id", None, 40),
        ("live_id", Some("1"), 50),
    ];
    for (name, value, code) in cases {
        let mut fields = caller.fields();
        match value {
            None => drop(fields.remove(name)),
            Some(value) => drop(fields.insert(name, value.to_owned())),
        }
        let reply = caller.send(&caller.signed(fields)).await;
        let told = serde_json::from_str::<Value>(&reply).map_or_else(
            |_| reply.contains(&format!("<code>{code}</code>")),
            |reply| reply["error_response"]["code"] == code,
        );
        assert!(told, "{name} {value:?} should give {code}: {reply}");
    }
    let unsigned: Value = serde_json::from_str(&caller.send(&caller.fields()).await).unwrap();
    assert_eq!(unsigned["error_response"]["code"], 24);
    let mut tampered = caller.signed(caller.fields());
    tampered.insert("live_id", caller.live_ids[1].clone());
    let tampered: Value = serde_json::from_str(&caller.send(&tampered).await).unwrap();
    assert_eq!(tampered["error_response"]["code"], 25);
    sandbox.control().expire_tokens("taobao");
    assert_eq!(caller.call(|_| ()).await["error_response"]["code"], 25, "the old secret is void");
}

#[tokio::test]
async fn the_clock_of_the_house_counts() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    sandbox.control().advance_clock(Duration::from_mins(9));
    assert!(caller.call(|_| ()).await.get("error_response").is_none());
    sandbox.control().advance_clock(Duration::from_mins(2));
    assert_eq!(caller.call(|_| ()).await["error_response"]["code"], 31);
}

#[tokio::test]
async fn a_ban_names_its_seconds_and_passes() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    sandbox.control().taobao_ban(1);
    let error = caller.call(|_| ()).await["error_response"].clone();
    assert_eq!(
        (&error["code"], &error["sub_msg"]),
        (&7.into(), &"This ban will last for 2 more seconds".into())
    );
    assert_eq!(error["sub_code"], "accesscontrol.limited-by-api-access-count");
    assert!(caller.call(|_| ()).await.get("error_response").is_none());
}

#[tokio::test]
async fn the_documented_dialect_nests_as_the_table_does() {
    let sandbox = quiet().await;
    let caller = Caller::of(&sandbox);
    sandbox.control().set_dialect("taobao", Dialect::Documented);
    let reply = caller.call(|_| ()).await;
    let result = &reply["live_room_fetch_origin_response"]["result"];
    assert_eq!((&result["live"]["status"], &result["author"]["mid"]), (&1.into(), &"".into()));
    assert!(result.get("status").is_none() && result.get("mid").is_none());
}
