//! The call against a server that answers as the platform's page shows.

use std::sync::Arc;

use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode, UnreadableHow};
use wiremock::matchers::{body_string, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::http::Redirects;
use crate::testing::FixedClock;

/// The page's sample in its own places, with our own texts.
const XML: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<live_room_fetch_origin_response>
    <result>
        <summary>demo</summary>
        <share_text>来看直播</share_text>
        <embed_code>1</embed_code>
        <image><width>630</width><url>https://img.example/cover.jpg</url><height>630</height></image>
        <object_type>live</object_type>
        <stime>2020-08-20 09:00:37</stime>
        <title>夏季新品</title>
        <display_name>微博直播</display_name>
        <scheme_app_ios>taobao://h5.example/video.html?id=276121620495</scheme_app_ios>
        <duration>0</duration>
        <app_android_url>https://play.example/details?id=a</app_android_url>
        <object_type_detail>taobaolive</object_type_detail>
        <urls>
            <replay_hd>http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa</replay_hd>
            <live_hd>http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa</live_hd>
            <replay_ld>http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa</replay_ld>
            <live_ld>http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa</live_ld>
            <live_flv_ld>http://cb.example/5afc.flv?auth_key=1600477232-0-0-bb</live_flv_ld>
            <rtmp_hd>http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa</rtmp_hd>
            <live_flv_hd>http://cb.example/5afc.flv?auth_key=1600477232-0-0-bb</live_flv_hd>
            <rtmp_ld>demo</rtmp_ld>
        </urls>
        <updated_at>2020-08-20</updated_at>
        <etime>0</etime>
        <id>2002449489:5afc22ee</id>
        <app_ios_url>https://apps.example/%E6%B7%98/id3876?l=zh&amp;ls=1&amp;mt=8</app_ios_url>
        <scheme_app_android>taobao://h5.example/video.html?id=276121620495</scheme_app_android>
        <live><width>320</width><bitrate>700</bitrate><height>480</height></live>
        <status>1</status>
        <author><id></id><display_name></display_name><object_type></object_type></author>
        <mid></mid><target_url></target_url><url></url><scheme_url></scheme_url>
    </result>
    <request_id>abc</request_id>
</live_room_fetch_origin_response>"#;

/// The same in JSON, with `status` and the links where the page's table has them.
const JSON: &str = r#"{"live_room_fetch_origin_response":{"result":{
    "summary":"demo","share_text":"来看直播","embed_code":1,
    "image":{"width":"630","url":"https://img.example/cover.jpg","height":630},
    "object_type":"live","stime":"2020-08-20 09:00:37","title":"夏季新品","display_name":"微博直播",
    "scheme_app_ios":"taobao://h5.example/video.html?id=276121620495","duration":"0",
    "app_android_url":"https://play.example/details?id=a","object_type_detail":"taobaolive",
    "urls":{"replay_hd":"http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa",
            "live_hd":"http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa",
            "replay_ld":"http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa",
            "live_ld":"http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa",
            "live_flv_ld":"http://cb.example/5afc.flv?auth_key=1600477232-0-0-bb",
            "rtmp_hd":"http://cb.example/5afc.m3u8?auth_key=1600477232-0-0-aa",
            "live_flv_hd":"http://cb.example/5afc.flv?auth_key=1600477232-0-0-bb","rtmp_ld":"demo"},
    "updated_at":"2020-08-20","etime":0,"id":"2002449489:5afc22ee",
    "app_ios_url":"https://apps.example/%E6%B7%98/id3876?l=zh&ls=1&mt=8",
    "scheme_app_android":"taobao://h5.example/video.html?id=276121620495",
    "live":{"width":320,"bitrate":700,"height":480,"status":1},
    "author":{"id":"77","mid":"m1","target_url":"http://t.example","url":"http://u.example",
              "scheme_url":"http://s.example"},"new":[1]},"request_id":"abc"}}"#;

async fn fetch(format: &'static str, sign_method: SignMethod, sign: &str, reply: &str) -> Outcome<LiveRoom> {
    answered(format, sign_method, sign, 200, reply).await
}

async fn answered(
    format: &'static str,
    sign_method: SignMethod,
    sign: &str,
    status: u16,
    reply: &str,
) -> Outcome<LiveRoom> {
    let server = MockServer::start().await;
    let form = format!(
        "method=taobao.live.room.fetch.origin&app_key=12345678&timestamp=2020-08-20+09%3A00%3A37&v=2.0\
        &format={format}&sign_method={}&live_id=275947224638&sign={sign}",
        sign_method.name()
    );
    Mock::given(method("POST"))
        .and(path("/router/rest"))
        .and(body_string(form))
        .respond_with(ResponseTemplate::new(status).set_body_string(reply))
        .expect(1)
        .mount(&server)
        .await;
    let gateway = Gateway {
        http: Http::new(Platform::Taobao, Redirects::SameHost, Arc::new(FixedClock::default())),
        url: format!("{}/router/rest", server.uri()).parse().unwrap(),
        app_key: "12345678".into(),
        app_secret: "helloworld".to_owned().into(),
        sign_method,
        format,
    };
    send(&gateway, "275947224638").await
}

const MD5: &str = "3CBD662EE0446F79BD2EED3C8252B7BC";
const HMAC: &str = "43B47519BFF141DE8B305747647E1D1F";
const SHA: &str = "F9F97E28A8084E1745069A7553C074A1639B395A95190F72F8269375B59090EA";

async fn refused(reply: &str) -> Failure {
    fetch("json", SignMethod::Md5, MD5, reply).await.unwrap_err()
}

#[tokio::test]
async fn the_signed_form_is_exactly_the_published_one() {
    for (method, sign) in [(SignMethod::Md5, MD5), (SignMethod::Hmac, HMAC), (SignMethod::HmacSha256, SHA)] {
        fetch("json", method, sign, JSON).await.unwrap();
    }
}

#[tokio::test]
async fn xml_and_json_say_the_same() {
    let json = fetch("json", SignMethod::Md5, MD5, JSON).await.unwrap();
    // An early failure may come in XML though JSON was asked for, so the body decides.
    let xml = fetch("json", SignMethod::Md5, MD5, XML).await.unwrap();
    for room in [&json, &xml] {
        assert_eq!(room.title.as_deref(), Some("夏季新品"));
        assert_eq!(room.summary.as_deref(), Some("demo"));
        assert_eq!(room.share_text.as_deref(), Some("来看直播"));
        assert_eq!(room.embed_code.as_deref(), Some("1"));
        assert_eq!(room.object_type.as_deref(), Some("live"));
        assert_eq!(room.object_type_detail.as_deref(), Some("taobaolive"));
        assert_eq!(room.display_name.as_deref(), Some("微博直播"));
        assert_eq!(room.stime.as_deref(), Some("2020-08-20 09:00:37"));
        assert_eq!((room.etime.as_deref(), room.updated_at.as_deref()), (Some("0"), Some("2020-08-20")));
        assert_eq!((room.status(), room.duration), (Some(1), Some(0)));
        assert_eq!((room.image.width, room.image.height), (Some(630), Some(630)));
        assert_eq!(room.image.url.as_deref(), Some("https://img.example/cover.jpg"));
        assert_eq!((room.live.width, room.live.height, room.live.bitrate), (Some(320), Some(480), Some(700)));
        assert_eq!(room.id.as_deref(), Some("2002449489:5afc22ee"));
        let links = [&room.scheme_app_ios, &room.scheme_app_android, &room.app_android_url];
        assert!(links.iter().all(|link| link.is_some()));
        assert_eq!(
            room.app_ios_url.as_deref(),
            Some("https://apps.example/%E6%B7%98/id3876?l=zh&ls=1&mt=8"),
            "no entity is left"
        );
    }
    assert_eq!(json.urls, xml.urls);
    assert_eq!(json.urls.rtmp_ld.as_deref(), Some("demo"));
    assert_eq!(
        json.urls.live_flv_hd.as_deref(),
        Some("http://cb.example/5afc.flv?auth_key=1600477232-0-0-bb")
    );
}

#[tokio::test]
async fn fields_are_found_in_both_places() {
    let table = fetch("json", SignMethod::Md5, MD5, JSON).await.unwrap();
    assert_eq!(table.author.id.as_deref(), Some("77"));
    assert_eq!(
        (table.mid(), table.target_url(), table.url(), table.scheme_url()),
        (Some("m1"), Some("http://t.example"), Some("http://u.example"), Some("http://s.example"))
    );
    let sample = XML.replace("<mid></mid>", "<mid>m2</mid>").replace("<url></url>", "<url>http://x</url>");
    let sample = fetch("json", SignMethod::Md5, MD5, &sample).await.unwrap();
    assert_eq!((sample.mid(), sample.url()), (Some("m2"), Some("http://x")));
    assert_eq!((sample.target_url(), &sample.author), (None, &Author::default()), "empty is none");
}

#[tokio::test]
async fn objects_that_are_empty_text_and_an_answer_without_wrapper() {
    let room =
        fetch("json", SignMethod::Md5, MD5, r#"{"result":{"urls":"","live":"","image":[],"status":"2"}}"#)
            .await
            .unwrap();
    assert_eq!((room.status(), &room.urls), (Some(2), &Urls::default()));
}

#[tokio::test]
async fn refusals_in_both_formats() {
    for reply in [
        "<error_response><code>50</code><msg>Remote service error</msg>\
            <sub_code>isv.invalid-parameter</sub_code><sub_msg>非法参数</sub_msg></error_response>",
        r#"{"error_response":{"code":50,"msg":"Remote service error","sub_code":"isv.invalid-parameter",
            "sub_msg":"非法参数","request_id":"r1"}}"#,
    ] {
        let failure = refused(reply).await;
        assert_eq!(failure.code, ProblemCode::NotFound);
        assert_eq!(failure.platform_code.as_deref(), Some("50 isv.invalid-parameter"));
        assert_eq!(failure.message.as_deref(), Some("非法参数"));
    }
    let unknown = refused(r#"{"error_response":{"code":4711,"msg":"new"}}"#).await;
    assert_eq!((unknown.code, unknown.platform_code.as_deref()), (ProblemCode::Refused, Some("4711")));
    let quoted = refused(r#"{"error_response":{"code":25,"msg":"not helloworld"}}"#).await;
    assert_eq!(quoted.message.as_deref(), Some("not …"));
}

#[tokio::test]
async fn the_body_decides_whatever_the_status() {
    let reply = "<error_response><code>11</code><msg>Insufficient isv permissions</msg></error_response>";
    for status in [200, 403, 500] {
        let failure = answered("xml", SignMethod::HmacSha256, XML_SHA, status, reply).await.unwrap_err();
        assert_eq!(failure.code, ProblemCode::NotAllowed, "{status}");
    }
}

/// Computed apart, in Python: as [`SHA`], with `format=xml`.
const XML_SHA: &str = "D86BC20F6C6E334BEC4951E20FB75B5D5234D534390193933F3B1E6D15B71AAE";

#[tokio::test]
async fn unreadable_answers() {
    let how = |how| ProblemCode::Unreadable { how };
    for (reply, code) in [
        ("<!DOCTYPE html><html><body>busy</body></html>", how(UnreadableHow::Html)),
        (&XML[..XML.find("</result>").unwrap()], how(UnreadableHow::Truncated)),
        (&JSON[..JSON.find("stime").unwrap()], how(UnreadableHow::Truncated)),
        ("[]", how(UnreadableHow::Malformed)),
        ("{}", how(UnreadableHow::Malformed)),
        (r#"{"live_room_fetch_origin_response":{"request_id":"x"}}"#, how(UnreadableHow::Malformed)),
    ] {
        assert_eq!(refused(reply).await.code, code, "{reply}");
    }
}
