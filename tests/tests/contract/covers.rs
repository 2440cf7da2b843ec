//! Covers: what was uploaded arrives whole, becomes the room's, and is refused where it doesn't fit.

use kaibo_live::cover::CoverRule;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Details, Edit};
use kaibo_sandbox::{Dialect, Fault};

use super::stage::{Stage, code, details};

/// A JPEG's head and end, with so many bytes between; enough for whoever looks at headers alone.
fn jpeg(rule: CoverRule, fill: usize) -> Vec<u8> {
    let side = |side: u32| u16::try_from(side).unwrap().to_be_bytes();
    let (w, h) = (side(rule.width), side(rule.height));
    let mut all = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
    all.extend([0xff, 0xc0, 0, 11, 8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]);
    // Every byte there is, line breaks and dashes among them.
    all.extend((0..=255u8).cycle().take(fill));
    all.extend(b"\r\n--\r\n\xff\xd9");
    all
}

async fn arrives(platform: &str, dialect: Dialect) {
    let stage = Stage::open().await;
    stage.control.set_dialect(platform, dialect);
    let connection = stage.connect(platform);
    let covers = connection.covers().unwrap();
    assert_eq!((covers.rule().width, covers.rule().height), (1280, 720), "{platform}");
    let picture = jpeg(covers.rule(), 400_000);
    covers.rule().check(&picture).unwrap();
    let url = covers.upload(picture.clone()).await.unwrap();
    let there = connection.picture(&url).await.unwrap();
    assert!(there.mime == "image/jpeg" && there.bytes == picture, "{platform}: {} bytes", there.bytes.len());

    let room = stage.room(platform, connection.as_ref()).await;
    let seen = || stage.control.room(platform, &room.0).unwrap().cover_url;
    assert_ne!(seen(), url, "an upload changes no room");
    let edit = Edit { cover_url: Some(url.clone()), ..Edit::default() };
    connection.edit().unwrap().edit(&room, &edit).await.unwrap();
    assert_eq!(seen(), url, "{platform}");
    assert_eq!(connection.read(&room).await.unwrap().cover_url.as_deref(), Some(&*url), "{platform}");
}

#[tokio::test]
async fn a_cover_arrives_whole_and_becomes_the_rooms() {
    let forms = [Dialect::Documented, Dialect::Corrected];
    for platform in ["bilibili", "weibo"] {
        for dialect in forms {
            arrives(platform, dialect).await;
        }
    }
}

#[tokio::test]
async fn the_largest_picture_of_the_rule_fits() {
    let stage = Stage::open().await;
    for platform in ["bilibili", "weibo"] {
        let connection = stage.connect(platform);
        let covers = connection.covers().unwrap();
        let frame = jpeg(covers.rule(), 0).len();
        let picture = jpeg(covers.rule(), covers.rule().max_bytes as usize - frame);
        covers.rule().check(&picture).unwrap();
        covers.upload(picture).await.unwrap();
    }
}

#[tokio::test]
async fn weibo_wants_the_broadcasts_ratio() {
    let stage = Stage::open().await;
    let portrait = stage.connect_with("weibo", |form, _| {
        form.0.insert("width".into(), "1080".into());
        form.0.insert("height".into(), "1920".into());
    });
    let (portrait, landscape) = (portrait.unwrap(), stage.connect("weibo"));
    let rule = portrait.covers().unwrap().rule();
    assert_eq!((rule.width, rule.height), (720, 1280));
    let cover_url = portrait.covers().unwrap().upload(jpeg(rule, 10)).await.unwrap();
    let with_cover = Details { cover_url, ..details() };
    portrait.create().unwrap().create(&with_cover).await.unwrap();
    let refused = landscape.create().unwrap().create(&with_cover).await.unwrap_err();
    assert_eq!(refused.platform_code.as_deref(), Some("10017"));
}

#[tokio::test]
async fn bilibili_takes_a_cover_from_nowhere_else() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let base = stage.form("bilibili").0.get("api_url").unwrap().to_owned();
    let edit = |url: &str| Edit { cover_url: Some(url.to_owned()), ..Edit::default() };
    let editing = connection.edit().unwrap();
    let malformed = ProblemCode::Invalid { field: "cover_url".into(), reason: InvalidReason::Malformed };
    assert_eq!(code("bilibili", editing.edit(&room, &edit("https://img.example/a.jpg")).await), malformed);
    assert_eq!(stage.calls("bilibili", "/xlive/app-blink/v1/preLive/UpdatePreLiveInfo"), 0, "it isn't sent");
    let refused = ProblemCode::Invalid { field: "cover_url".into(), reason: InvalidReason::Refused };
    let unknown = format!("{base}/bfs/live/new_room_cover/nothing.jpg");
    assert_eq!(code("bilibili", editing.edit(&room, &edit(&unknown)).await), refused);
}

#[tokio::test]
async fn what_is_no_picture_and_who_is_nobody_is_refused() {
    let stage = Stage::open().await;
    for platform in ["bilibili", "weibo"] {
        let connection = stage.connect(platform);
        let covers = connection.covers().unwrap();
        let refusal = covers.upload(b"GIF89a".to_vec()).await.unwrap_err();
        assert!(refusal.platform_code.is_some(), "{platform}: {refusal:?}");
        let path = if platform == "weibo" { "/2/statuses/upload_pic.json" } else { "/x/upload/web/image" };
        let before = stage.calls(platform, path);
        stage.control.fault(platform, path, Fault::LostAnswer, Some(1));
        let lost = covers.upload(jpeg(covers.rule(), 10)).await.unwrap_err();
        assert!(lost.outcome_unknown(), "{platform}: {lost:?}");
        assert_eq!(stage.calls(platform, path), before + 1, "{platform}: megabytes are sent once");
        stage.control.expire_tokens(platform);
        assert_eq!(code(platform, covers.upload(jpeg(covers.rule(), 10)).await), ProblemCode::SignInExpired);
    }
}
