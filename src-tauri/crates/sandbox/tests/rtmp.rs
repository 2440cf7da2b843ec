//! A real encoder against the ingest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use common::{Weibo, app_and_name, push, quiet, until};

#[tokio::test]
async fn a_push_is_counted_and_turns_the_room_live() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    assert_eq!(weibo.show(&id).await["status"], 0);
    assert!(!control.meter(&app, &name).unwrap().publishing);

    let mut encoder = push(&url, 4);
    let meter = until("video in the meter", || async {
        control.meter(&app, &name).filter(|meter| meter.publishing && meter.video_messages > 10)
    })
    .await;
    assert_eq!((meter.width, meter.height, meter.video_codec), (Some(320), Some(180), Some("H264")));
    assert!(meter.audio_messages > 0 && meter.bytes > 1000 && meter.kbps > 0, "{meter:?}");
    assert_eq!(weibo.show(&id).await["status"], 1);
    assert!(control.room("weibo", &id).unwrap().live);

    let streams = format!("{}/api/v1/streams/?count=1000", sandbox.addresses().ingest_api);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply: serde_json::Value = http.get(&streams).send().await.unwrap().json().await.unwrap();
    let stream = &reply["streams"][0];
    assert_eq!(
        (&reply["code"], &stream["app"], &stream["name"]),
        (&0.into(), &app.as_str().into(), &name.as_str().into())
    );
    assert_eq!((&stream["publish"]["active"], &stream["video"]["width"]), (&true.into(), &320.into()));
    assert!(stream["kbps"]["recv_30s"].as_u64().unwrap() > 0);
    assert!(!reply.to_string().contains("auth_key"), "the key must not appear");

    assert!(encoder.wait().await.unwrap().success());
    let after = until("the publisher to leave", || async {
        control.meter(&app, &name).filter(|meter| !meter.publishing)
    })
    .await;
    assert_eq!(after.kbps, 0);
    assert_eq!(weibo.show(&id).await["status"], 1, "only `stop` ends it");
}

#[tokio::test]
async fn wrong_addresses_are_refused() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    let wrong = [
        url.replace("auth_key=", "auth_key=1"),
        url.split('?').next().unwrap().to_owned(),
        url.replace(&format!("/{app}/"), "/live/"),
        url.replace(&name, "0123456789abcdef"),
        format!("{url}&more=1"),
    ];
    for url in wrong {
        assert!(!push(&url, 3).wait().await.unwrap().success(), "{url} was let in");
    }
    assert_eq!(control.meter(&app, &name).unwrap().pushes, 0);
    assert_eq!(weibo.show(&id).await["status"], 0);
}

#[tokio::test]
async fn one_publisher_a_door_and_none_after_the_end() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    let mut first = push(&url, 30);
    until("the first push", || async { control.meter(&app, &name).filter(|meter| meter.publishing) }).await;
    assert!(!push(&url, 3).wait().await.unwrap().success(), "a second publisher was let in");
    assert!(control.meter(&app, &name).unwrap().publishing, "the first must not suffer");

    weibo.post("/2/proxy/live/update", &[("id", &id), ("stop", "1")]).await;
    assert_eq!(weibo.show(&id).await["status"], 3);
    assert!(control.meter(&app, &name).unwrap().publishing, "ending a room leaves the encoder pushing");
    first.kill().await.unwrap();
    until("the publisher to leave", || async {
        control.meter(&app, &name).filter(|meter| !meter.publishing)
    })
    .await;
    assert!(!push(&url, 3).wait().await.unwrap().success(), "a closed door let somebody in");
}

#[tokio::test]
async fn deleting_cuts_the_encoder_off() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    let mut encoder = push(&url, 30);
    until("the push", || async { control.meter(&app, &name).filter(|meter| meter.publishing) }).await;
    assert_eq!(weibo.post("/2/proxy/live/delete", &[("id", &id)]).await.0, 200);
    assert!(!encoder.wait().await.unwrap().success());
    assert!(control.meter(&app, &name).is_none());
}

#[tokio::test]
async fn noise_and_crowds_do_no_harm() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let at = sandbox.addresses().rtmp.replace("rtmp://", "");

    // Not RTMP at all.
    let mut noise = TcpStream::connect(&at).await.unwrap();
    noise.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut seen = Vec::new();
    let _ = noise.read_to_end(&mut seen).await;

    // A whole handshake, then a data message that says less than it must.
    let mut short = TcpStream::connect(&at).await.unwrap();
    short.write_all(&[&[3][..], &[0; 1536]].concat()).await.unwrap();
    short.read_exact(&mut [0; 1 + 1536 + 1536]).await.unwrap();
    short.write_all(&[0; 1536]).await.unwrap();
    short
        .write_all(&[&[4, 0, 0, 0, 0, 0, 16, 18, 0, 0, 0, 0, 2, 0, 13][..], b"@setDataFrame"].concat())
        .await
        .unwrap();
    let _ = short.read_to_end(&mut seen).await;

    // Sixteen silent peers fill the house: the next is turned away without a word.
    let mut peers = Vec::new();
    for _ in 0..16 {
        let mut peer = TcpStream::connect(&at).await.unwrap();
        peer.read_exact(&mut [0; 1537]).await.unwrap();
        peers.push(peer);
    }
    let mut extra = TcpStream::connect(&at).await.unwrap();
    assert_eq!(extra.read(&mut [0; 16]).await.unwrap_or(0), 0);
    drop(peers);

    let (_, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    // The places are free as soon as the server has noticed.
    until("a place", || async {
        let mut peer = TcpStream::connect(&at).await.unwrap();
        peer.read_exact(&mut [0; 1537]).await.ok()
    })
    .await;
    let _encoder = push(&url, 30);
    until("the push", || async { control.meter(&app, &name).filter(|meter| meter.publishing) }).await;
}
