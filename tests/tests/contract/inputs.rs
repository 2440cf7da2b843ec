//! Wrong inputs reach no platform: Kaibo says which field, why, and by how much.

use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Details, Edit};

use super::stage::{Act, Stage, code, details, info, platforms};

const fn too_long(used: u32, limit: u32) -> InvalidReason {
    InvalidReason::TooLong { used, limit }
}

fn wide(characters: usize) -> String {
    "豆".repeat(characters)
}

/// What is wrong with an act: platform, act, field, why.
type Wrong = (&'static str, Act, &'static str, InvalidReason);

fn wrong_rooms() -> Vec<Wrong> {
    use InvalidReason::{Empty, Malformed};
    let make = |change: fn(&mut Details)| {
        let mut details = details();
        change(&mut details);
        Act::Create(details)
    };
    let start = |change: fn(&mut Details)| {
        let mut details = details();
        change(&mut details);
        Act::Start(details)
    };
    vec![
        ("weibo", make(|d| d.title = String::new()), "title", Empty),
        ("weibo", make(|d| d.title = " \u{3000}\n".into()), "title", Empty),
        ("weibo", make(|d| d.summary = wide(131)), "summary", too_long(131, 130)),
        ("weibo", make(|d| d.summary = "a".repeat(261)), "summary", too_long(131, 130)),
        ("weibo", make(|d| d.summary = "😀".repeat(66)), "summary", too_long(132, 130)),
        ("weibo", make(|d| d.cover_url = "c.jpg".into()), "cover_url", Malformed),
        ("weibo", make(|d| d.cover_url = "file:///etc/passwd".into()), "cover_url", Malformed),
        ("weibo", make(|d| d.cover_url = "https://".into()), "cover_url", Malformed),
        ("qiniu", make(|d| d.title = String::new()), "title", Empty),
        ("qiniu", make(|d| d.title = wide(129)), "title", too_long(129, 128)),
        ("qiniu", make(|d| d.notice = wide(256)), "notice", too_long(256, 255)),
        (
            "qiniu",
            make(|d| d.cover_url = format!("https://{}", "a".repeat(248))),
            "cover_url",
            too_long(256, 255),
        ),
        ("qiniu", make(|d| d.cover_url = "javascript:alert(1)".into()), "cover_url", Malformed),
        ("bilibili", start(|d| d.title = wide(41)), "title", too_long(41, 40)),
        ("bilibili", start(|d| d.area_id = "27&x=1".into()), "area_id", Malformed),
    ]
}

fn wrong_edits() -> Vec<Wrong> {
    use InvalidReason::{Empty, Malformed};
    let edit = |change: fn(&mut Edit)| {
        // The rest of it would do: nothing of it may be sent either.
        let mut edit = Edit { title: Some("换一张".into()), ..Edit::default() };
        change(&mut edit);
        Act::Edit(edit)
    };
    vec![
        ("weibo", edit(|e| e.title = Some(String::new())), "title", Empty),
        ("weibo", edit(|e| e.summary = Some(wide(131))), "summary", too_long(131, 130)),
        ("weibo", edit(|e| e.cover_url = Some("c.jpg".into())), "cover_url", Malformed),
        ("weibo", edit(|e| e.replay_url = Some("rtmp://h/a/b".into())), "replay_url", Malformed),
        ("weibo", Act::Say(wide(101)), "chat", too_long(101, 100)),
        ("weibo", Act::Say("\n".into()), "chat", Empty),
        ("bilibili", edit(|e| e.title = Some("  ".into())), "title", Empty),
        ("bilibili", edit(|e| e.title = Some(wide(41))), "title", too_long(41, 40)),
        ("bilibili", edit(|e| e.area_id = Some("学习".into())), "area_id", Malformed),
        ("bilibili", edit(|e| e.add_tags = vec!["咖啡".into(), wide(11)]), "tags", too_long(11, 10)),
        ("bilibili", edit(|e| e.add_tags = vec![String::new()]), "tags", Empty),
        ("bilibili", edit(|e| e.remove_tags = vec![wide(11)]), "tags", too_long(11, 10)),
        ("bilibili", edit(|e| e.notice = Some(wide(61))), "notice", too_long(61, 60)),
        ("bilibili", Act::Say(wide(41)), "chat", too_long(41, 40)),
        ("bilibili", Act::Say(String::new()), "chat", Empty),
    ]
}

#[tokio::test]
async fn what_cannot_be_right_is_not_sent() {
    for platform in platforms() {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        let sent = stage.control.calls(platform).len();
        for (_, act, field, reason) in
            wrong_rooms().into_iter().chain(wrong_edits()).filter(|wrong| wrong.0 == platform)
        {
            let told = code(platform, act.on(connection.as_ref(), &room).await);
            assert_eq!(told, ProblemCode::Invalid { field: field.into(), reason }, "{platform} {act:?}");
            assert_eq!(stage.control.calls(platform).len(), sent, "{platform} {act:?} was sent");
        }
    }
}

/// Both sides count by themselves, so the longest that Kaibo lets through must be what the platform takes.
#[tokio::test]
async fn what_just_fits_is_taken() {
    let links = |n: usize| ["http://img.example/a/long/path?with=a&query=of&its=own "; 2].concat() + &wide(n);
    let edit = |change: fn(&mut Edit)| {
        let mut edit = Edit::default();
        change(&mut edit);
        Act::Edit(edit)
    };
    let summary = |text: String| Act::Edit(Edit { summary: Some(text), ..Edit::default() });
    let cases = [
        ("weibo", summary(wide(130))),
        ("weibo", summary("a".repeat(260))),
        ("weibo", summary("😀".repeat(65))),
        // Two links of 20 half-widths, two spaces.
        ("weibo", summary(links(109))),
        ("qiniu", Act::Create(Details { title: wide(128), notice: wide(255), ..Details::default() })),
        ("bilibili", Act::title(&wide(40))),
        ("bilibili", edit(|e| e.add_tags = vec![wide(10)])),
        ("bilibili", edit(|e| e.notice = Some(wide(60)))),
    ];
    for (platform, act) in cases {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        let before = stage.state(platform);
        act.on(connection.as_ref(), &room)
            .await
            .unwrap_or_else(|failure| panic!("{platform} {act:?}: {failure:?}"));
        assert_ne!(stage.state(platform), before, "{platform} {act:?}");
    }
    let stage = Stage::open().await;
    let connection = stage.connect("weibo");
    let room = stage.room("weibo", connection.as_ref()).await;
    let told = code("weibo", summary(links(110)).on(connection.as_ref(), &room).await);
    assert_eq!(told, ProblemCode::Invalid { field: "summary".into(), reason: too_long(131, 130) });
}

/// Bilibili's own limit hangs on the account's level, and only the platform knows that: it is asked before a long
/// line is sent.
#[tokio::test]
async fn a_line_too_long_for_the_level_is_refused_before_it_is_sent() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let told = code("bilibili", Act::Say(wide(31)).on(connection.as_ref(), &room).await);
    assert_eq!(told, ProblemCode::Invalid { field: "chat".into(), reason: too_long(31, 30) });
    assert_eq!(stage.calls("bilibili", "/msg/send"), 0);
    assert!(stage.control.chat_received("bilibili", &room.0).is_empty());
}

const PAGE: &str =
    "<!doctype html>\n<html lang=\"zh\"><body>SESSDATA=请先登录; bili_jct=; DedeUserID=1</body></html>";

/// Where each platform keeps its secrets, and the other fields that must be whole.
const FIELDS: [(&str, &str); 9] = [
    ("weibo", "access_token"),
    ("taobao", "app_key"),
    ("taobao", "app_secret"),
    ("taobao", "live_ids"),
    ("qiniu", "access_key"),
    ("qiniu", "secret_key"),
    ("qiniu", "anchor_id"),
    ("bilibili", "cookie"),
    ("bilibili", "room_id"),
];

#[tokio::test]
async fn junk_credentials_are_refused_unsent_and_unrepeated() {
    let stage = Stage::open().await;
    for (platform, field) in FIELDS {
        let fields = info(platform).fields;
        let required = fields.iter().find(|known| known.name == field).unwrap().required;
        let junk = ["a\u{0}b", "a\u{1b}[2Jb", "tok\r\nX-Injected: 1", "2.00😀token", PAGE, ""];
        for (at, junk) in junk.into_iter().enumerate() {
            let secret = stage.form(platform).1.get(field).is_some();
            // An anchor may have any name, need not be ASCII; ids stand one a line.
            let fine =
                matches!((field, at), ("anchor_id", 3) | ("live_ids", 2)) || (junk.is_empty() && !required);
            let connected = stage.connect_with(platform, |form, secrets| {
                if secret {
                    secrets.set(field, junk.to_owned().into());
                } else {
                    form.0.insert(field.into(), junk.into());
                }
            });
            if fine {
                assert!(connected.is_ok(), "{platform} {field} {junk:?}");
                continue;
            }
            let failure = connected.err().unwrap_or_else(|| panic!("{platform} {field} {junk:?} was taken"));
            assert!(junk.is_empty() || !format!("{failure:?} {failure}").contains(junk), "{failure:?}");
            let reason = if junk.is_empty() { InvalidReason::Empty } else { InvalidReason::Malformed };
            let expected = ProblemCode::Invalid { field: field.into(), reason };
            assert_eq!(failure.code, expected, "{platform} {field} {junk:?}");
        }
        assert!(stage.control.calls(platform).is_empty(), "{platform} was called");
    }
}

#[tokio::test]
async fn addresses_that_leave_the_machine_in_the_clear_are_refused() {
    let stage = Stage::open().await;
    for platform in platforms() {
        let malformed =
            |field: &str| ProblemCode::Invalid { field: field.into(), reason: InvalidReason::Malformed };
        let mut bad = vec!["ftp://127.0.0.1", "https://user:pw@h.example", "https://h.example/?q=1", "api"];
        // A signature may travel openly, as Qiniu's private servers often have no certificate.
        bad.extend((platform != "qiniu").then_some("http://api.example"));
        for bad in bad {
            let connected =
                stage.connect_with(platform, |form, _| drop(form.0.insert("base_url".into(), bad.into())));
            assert_eq!(code(platform, connected), malformed("base_url"), "{platform} {bad}");
        }
        assert!(stage.control.calls(platform).is_empty());
    }
}
