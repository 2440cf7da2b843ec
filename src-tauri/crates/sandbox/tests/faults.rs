//! Faults, dead platforms, and the record of calls, seen by an ordinary HTTP client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::{Duration, Instant};

use common::{Weibo, quiet};
use kaibo_sandbox::{CallRecord, Control, Fault, PLATFORMS, Sandbox};

const CREATE: &str = "/2/proxy/live/create";

/// The answer to creating a room: status and body, or the error.
async fn create(weibo: &Weibo) -> Result<(u16, Vec<u8>), reqwest::Error> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = [("access_token", weibo.token.as_str()), ("title", "豆"), ("width", "16"), ("height", "9")];
    let reply = http.post(format!("{}{CREATE}", weibo.base)).form(&form).send().await?;
    Ok((reply.status().as_u16(), reply.bytes().await?.to_vec()))
}

async fn with(fault: Fault) -> (Sandbox, Control, Result<(u16, Vec<u8>), reqwest::Error>) {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    control.fault("weibo", CREATE, fault, Some(1));
    let outcome = create(&weibo).await;
    assert_eq!(create(&weibo).await.unwrap().0, 200, "one fault, one call");
    (sandbox, control, outcome)
}

#[tokio::test]
async fn cuts_tell_carried_out_from_not() {
    for (fault, rooms) in [
        (Fault::CutBeforeHeaders, 1),
        (Fault::LostAnswer, 2),
        (Fault::CutInBody, 2),
        (Fault::Status(503), 1),
        (Fault::Truncate, 2),
    ] {
        let (sandbox, control, outcome) = with(fault.clone()).await;
        assert_eq!(control.rooms("weibo").len(), rooms, "{fault:?}");
        match fault {
            Fault::Status(status) => assert_eq!(outcome.unwrap().0, status),
            Fault::Truncate => {
                let (status, body) = outcome.unwrap();
                assert!(status == 200 && serde_json::from_slice::<serde_json::Value>(&body).is_err());
                assert!(body.starts_with(b"{\"id\""));
            }
            _ => assert!(outcome.is_err(), "{fault:?}"),
        }
        drop(sandbox);
    }
}

#[tokio::test]
async fn a_held_call_is_on_record_before_anybody_gives_up() {
    for (carried_out, rooms) in [(false, 0), (true, 1)] {
        let sandbox = quiet().await;
        let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
        control.fault("weibo", CREATE, Fault::Held { carried_out }, Some(1));
        let waiting = tokio::spawn(async move { create(&weibo).await });
        let held = |call: &CallRecord| call.path == CREATE && call.status == 0;
        while !control.calls("weibo").iter().any(held) {
            tokio::task::yield_now().await;
        }
        assert_eq!(control.rooms("weibo").len(), rooms);
        assert!(!waiting.is_finished(), "nobody was answered");
        waiting.abort();
    }
}

#[tokio::test]
async fn bodies_that_mean_nothing() {
    let (_sandbox, _, outcome) = with(Fault::Html).await;
    assert!(outcome.unwrap().1.starts_with(b"<!doctype html>"));
    let (_sandbox, _, outcome) = with(Fault::Garbage).await;
    assert!(serde_json::from_slice::<serde_json::Value>(&outcome.unwrap().1).is_err());
    let (_sandbox, _, outcome) = with(Fault::Huge).await;
    assert_eq!(outcome.unwrap().1.len(), 50 * 1024 * 1024 + 11);
    let (_sandbox, _, outcome) = with(Fault::Deep).await;
    assert!(outcome.unwrap().1.starts_with(&[b'['; 10_000]));
    let own = Fault::Answer { status: 400, content_type: "application/json".into(), body: "{}".into() };
    let (_sandbox, _, outcome) = with(own).await;
    assert_eq!(outcome.unwrap(), (400, b"{}".to_vec()));
}

#[tokio::test]
async fn delays_delay_and_can_be_cleared() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    control.fault("weibo", "/2/", Fault::Delay(Duration::from_millis(300)), None);
    let begun = Instant::now();
    assert_eq!(create(&weibo).await.unwrap().0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    control.fault("taobao", "/2/", Fault::Status(500), None);
    control.clear_faults();
    control.fault("weibo", "/elsewhere", Fault::Status(500), None);
    assert_eq!(create(&weibo).await.unwrap().0, 200);
}

#[tokio::test]
async fn calls_are_recorded_without_their_queries() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    weibo.get("/2/account/get_uid.json?").await;
    control.fault("weibo", CREATE, Fault::LostAnswer, Some(1));
    create(&weibo).await.unwrap_err();
    let calls: Vec<_> =
        control.calls("weibo").into_iter().map(|call| (call.method, call.path, call.status)).collect();
    assert_eq!(
        calls,
        [
            ("GET".to_owned(), "/2/account/get_uid.json".to_owned(), 200),
            ("POST".to_owned(), CREATE.to_owned(), 0)
        ]
    );
    assert!(control.calls("taobao").is_empty());
}

#[tokio::test]
async fn a_dead_platform_refuses_and_comes_back_as_it_was() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    create(&weibo).await.unwrap();
    // A call under way is cut as well.
    control.fault("weibo", CREATE, Fault::Delay(Duration::from_mins(1)), Some(1));
    let (hanging, ()) = tokio::join!(create(&weibo), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        control.stop("weibo").await;
    });
    assert!(!hanging.unwrap_err().is_connect());
    assert!(create(&weibo).await.unwrap_err().is_connect());
    control.restart("weibo").await.unwrap();
    assert_eq!(create(&weibo).await.unwrap().0, 200);
    assert_eq!(control.rooms("weibo").len(), 2, "what it remembered is still there");
}

#[tokio::test]
async fn dropping_the_sandbox_frees_every_port() {
    let sandbox = quiet().await;
    let addresses = sandbox.addresses();
    let all = [
        &addresses.weibo,
        &addresses.taobao,
        &addresses.qiniu,
        &addresses.bilibili,
        &addresses.rtmp,
        &addresses.ingest_api,
    ]
    .map(|address| address.split_once("://").unwrap().1.to_owned());
    for at in &all {
        assert!(at.starts_with("127.0.0.1:"), "{at} is not loopback");
        tokio::net::TcpStream::connect(at).await.unwrap();
    }
    drop(sandbox);
    for at in &all {
        common::until("the port to close", || async {
            tokio::net::TcpStream::connect(at).await.is_err().then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn there_is_one_account_a_platform_and_its_secrets_stay_out_of_debug() {
    let sandbox = quiet().await;
    let accounts = sandbox.accounts();
    assert_eq!(accounts.iter().map(|account| account.platform).collect::<Vec<_>>(), PLATFORMS);
    for account in accounts.iter().filter(|account| !account.secrets.is_empty()) {
        let shown = format!("{account:?}");
        for (field, value) in &account.secrets {
            assert!(shown.contains(field.as_str()) && !shown.contains(value.as_str()), "{shown}");
        }
    }
}
