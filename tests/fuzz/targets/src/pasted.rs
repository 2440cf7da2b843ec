//! What a person types or pastes: push addresses, cookies, connect forms, a sign-in's answer, a key file.

use std::sync::Arc;

use kaibo_live::account::SignInWay;
use kaibo_live::push::PushAddress;
use kaibo_live::secret::ExposeSecret;
use kaibo_platforms::canned;

use crate::frugally;
use crate::scene::{Side, Ticking, during};

/// Takes text for what the first byte chooses.
pub fn pasted(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    frugally(|| match kind {
        b'p' => split(text),
        b'c' => field(Side::Bilibili, "cookie", text),
        b'u' => field(Side::Bilibili, "base_url", text),
        b's' => field(Side::Weibo, "signal_url", text),
        b'l' => field(Side::Taobao, "live_ids", text),
        b'n' => field(Side::Qiniu, "anchor_id", text),
        b'f' => drop(Side::Bilibili.driver().read_file(text)),
        b'r' => sign_in(Some(text), "0f1e2d3c"),
        b'a' => sign_in(None, text),
        _ => parts(text),
    });
}

fn split(address: &str) {
    let Ok(push) = PushAddress::split(address) else { return };
    // Of two slashes before the key one is left.
    let doubled = push.server.ends_with('/');
    assert!(doubled || push.whole().expose_secret() == address.trim(), "split and joined again");
    hold_push(&push);
}

/// Server and key, one a line.
fn parts(text: &str) {
    let (server, key) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(push) = PushAddress::from_parts(server, key) {
        assert!(push.whole().expose_secret().ends_with(key.trim()), "the key stays as it is");
        hold_push(&push);
    }
}

/// What holds for every push address: its parts can be asked for, and its key isn't shown.
pub(crate) fn hold_push(push: &PushAddress) {
    let key = push.key.expose_secret();
    assert!(
        key.len() < 8 || push.server.contains(key) || !format!("{push:?}").contains(key),
        "a key is shown"
    );
    assert!(push.server.contains(push.app()));
    assert!(key.contains(&push.stream_name()));
    let _ = (push.expires_at(), push.tcp_host());
}

/// A connect form with this in one field: taken or refused, and nothing is sent.
fn field(side: Side, name: &str, text: &str) {
    let (mut settings, mut credentials) = side.form();
    if name == "cookie" {
        credentials.set(name, text.to_owned().into());
    } else {
        settings.0.insert(name.to_owned(), text.to_owned());
    }
    let laid = canned::lay([], 0);
    let _ = during(async {
        let _ = side.driver().connect(&settings, &credentials, Arc::new(Ticking::new()));
    });
    assert_eq!(laid.asked(), 0, "connecting sends nothing");
}

/// Weibo's sign-in with a redirect address, and an answer that was pasted.
fn sign_in(redirect: Option<&str>, answer: &str) {
    let (mut settings, credentials) = Side::Weibo.form();
    if let Some(redirect) = redirect {
        settings.0.insert("redirect_url".to_owned(), redirect.to_owned());
    }
    let _laid = canned::lay([], 0);
    let _ = during(async {
        let driver = Side::Weibo.driver();
        let clock = Arc::new(Ticking::new());
        if let Ok(mut sign_in) = driver.sign_in(SignInWay::Browser, &settings, &credentials, clock) {
            // Without a beginning: that would listen at the address.
            let _ = sign_in.answer(answer).await;
        }
    });
}
