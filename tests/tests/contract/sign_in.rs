//! Sign-ins that ended, bans, checks of the person, and of the program.

use std::time::Duration;

use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::Details;

use super::stage::{Act, Stage, code, details};

#[tokio::test]
async fn an_expired_sign_in_is_told_on_reading_and_writing_and_changes_nothing() {
    let cases = [
        ("weibo", ProblemCode::SignInExpired),
        ("taobao", ProblemCode::CredentialsRefused),
        ("bilibili", ProblemCode::SignInExpired),
    ];
    for (platform, expected) in cases {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        let before = stage.state(platform);
        stage.control.expire_tokens(platform);
        assert_eq!(code(platform, connection.check().await), expected, "{platform}");
        let mut acts = Vec::new();
        // Anybody may read a room at Bilibili.
        acts.extend((platform != "bilibili").then_some(Act::Read));
        acts.extend(connection.create().map(|_| Act::Create(details())));
        acts.extend(connection.edit().map(|_| Act::title("过期了")));
        acts.extend(connection.start().map(|_| Act::Start(Details::default())));
        acts.extend(connection.end().map(|_| Act::End));
        acts.extend(connection.delete().map(|_| Act::Delete));
        acts.extend(connection.speak().map(|_| Act::Say("过期了".into())));
        for act in acts {
            let told = code(platform, act.on(connection.as_ref(), &room).await);
            assert_eq!(told, expected, "{platform} {act:?}");
        }
        assert_eq!(stage.state(platform), before, "{platform}");
        // The renewed credentials do.
        let renewed = stage.connect(platform);
        renewed.check().await.unwrap();
        renewed.read(&room).await.unwrap();
    }
}

/// Qiniu's keys don't expire; the tokens that are made with them do, and are renewed unseen.
#[tokio::test]
async fn qinius_tokens_are_renewed_and_wrong_keys_told() {
    let stage = Stage::open().await;
    let connection = stage.connect("qiniu");
    let room = stage.room("qiniu", connection.as_ref()).await;
    connection.find_rooms().await.unwrap();
    stage.control.expire_tokens("qiniu");
    assert_eq!(connection.find_rooms().await.unwrap().len(), 1);
    stage.control.expire_tokens("qiniu");
    Act::Start(details()).on(connection.as_ref(), &room).await.unwrap();
    assert!(stage.control.room("qiniu", &room.0).unwrap().live);

    for field in ["access_key", "secret_key"] {
        let wrong = stage.connect_with("qiniu", |form, secrets| match field {
            "access_key" => drop(form.0.insert(field.into(), "ak_other".into())),
            _ => secrets.set(field, "sk_other".to_owned().into()),
        });
        let wrong = wrong.unwrap();
        let before = stage.state("qiniu");
        assert_eq!(code("qiniu", wrong.check().await), ProblemCode::CredentialsRefused, "{field}");
        for act in [Act::Read, Act::Create(details()), Act::Start(details()), Act::End, Act::Delete] {
            let told = code("qiniu", act.on(wrong.as_ref(), &room).await);
            assert_eq!(told, ProblemCode::CredentialsRefused, "{field} {act:?}");
        }
        assert_eq!(stage.state("qiniu"), before);
    }
}

#[tokio::test]
async fn an_anchor_who_is_nobody_is_named() {
    let stage = Stage::open().await;
    let stranger =
        |form: &mut kaibo_live::account::Settings| drop(form.0.insert("anchor_id".into(), "路人 甲".into()));
    let connection = stage.connect_with("qiniu", |form, _| stranger(form)).unwrap();
    let told = code("qiniu", connection.create().unwrap().create(&details()).await);
    assert_eq!(told, ProblemCode::Invalid { field: "anchor_id".into(), reason: InvalidReason::Refused });
    assert!(stage.control.rooms("qiniu").is_empty());
    // Checking the account makes the anchor.
    connection.check().await.unwrap();
    connection.create().unwrap().create(&details()).await.unwrap();
}

#[tokio::test]
async fn taobaos_ban_says_how_long() {
    let stage = Stage::open().await;
    let connection = stage.connect("taobao");
    let room = stage.room("taobao", connection.as_ref()).await;
    let before = stage.calls("taobao", "/");
    stage.control.taobao_ban(1);
    let failure = connection.read(&room).await.unwrap_err();
    assert_eq!((failure.code, failure.retry_after), (ProblemCode::RateLimited, Some(Duration::from_secs(3))));
    assert_eq!(stage.calls("taobao", "/") - before, 1, "a ban isn't knocked at");
    connection.read(&room).await.unwrap();
}

#[tokio::test]
async fn bilibili_checks_the_person_before_going_live() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let start = Act::Start(Details::default());
    let before = stage.state("bilibili");

    stage.control.require_face_check(true);
    let ProblemCode::FaceCheck { url } = code("bilibili", start.on(connection.as_ref(), &room).await) else {
        panic!("a face check")
    };
    assert!(url.starts_with("https://www.bilibili.com/") && url.contains("mid="), "{url}");
    stage.control.require_identity_check(true);
    let told = code("bilibili", start.on(connection.as_ref(), &room).await);
    assert_eq!(told, ProblemCode::IdentityCheck);
    assert_eq!(stage.state("bilibili"), before);

    stage.control.pass_face_check();
    start.on(connection.as_ref(), &room).await.unwrap();
    assert!(stage.control.room("bilibili", &room.0).unwrap().live);
}

#[tokio::test]
async fn bilibili_checks_the_program_before_going_live() {
    let stage = Stage::open().await;
    stage.control.require_client_identity(true);
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let start = Act::Start(Details::default());
    let before = stage.state("bilibili");
    let told = code("bilibili", start.on(connection.as_ref(), &room).await);
    assert_eq!(told, ProblemCode::ClientRefused);

    let (key, secret) = stage.control.client_identity();
    let identified = |secret: &str| {
        stage.connect_with("bilibili", |form, secrets| {
            form.0.insert("client_app_key".into(), key.into());
            secrets.set("client_app_secret", secret.to_owned().into());
        })
    };
    let forged = identified("kaibotestsecret00000000000000002").unwrap();
    assert!(start.on(forged.as_ref(), &room).await.is_err());
    let half = code("bilibili", identified(""));
    assert_eq!(
        half,
        ProblemCode::Invalid { field: "client_app_secret".into(), reason: InvalidReason::Empty }
    );
    assert_eq!(stage.state("bilibili"), before);

    start.on(identified(secret).unwrap().as_ref(), &room).await.unwrap();
    assert!(stage.control.room("bilibili", &room.0).unwrap().live);
}
