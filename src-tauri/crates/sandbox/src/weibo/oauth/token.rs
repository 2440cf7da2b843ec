//! A code for a token, what a token is worth, and taking it back.
//! <https://open.weibo.com/wiki/OAuth2/access_token>,
//! <https://open.weibo.com/wiki/Oauth2/get_token_info>, <https://open.weibo.com/wiki/Oauth2/revokeoauth2>

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::UID;
use super::super::wire::{Call, Refused};
use super::{APP_KEY, take};
use crate::house::{Dialect, House};

pub(super) fn access_token(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let now = house.clock.now();
    let mut memory = house.weibo.memory();
    let oauth = &mut memory.oauth;
    if call.given("client_id") != Some(APP_KEY) || call.given("client_secret") != Some(&oauth.secret) {
        return Err(Refused::oauth(21324));
    }
    match needed(call, "grant_type")? {
        "authorization_code" => {}
        // Only apps on the official mobile kit may.
        "refresh_token" => return Err(Refused::oauth(21326)),
        _ => return Err(Refused::oauth(21328)),
    }
    let code = needed(call, "code")?;
    let redirect_uri = needed(call, "redirect_uri")?;
    if !oauth.registered(house, redirect_uri) {
        return Err(Refused::oauth(21322));
    }
    let given = take(&mut oauth.codes, code, now).ok_or_else(|| Refused::oauth(21325))?;
    // A code that came with the wrong callback is spent: it may have been stolen.
    if given.redirect_uri != redirect_uri {
        return Err(Refused::oauth(21322));
    }
    let token = memory.tokens.issue(given.scope, now);
    let life = token.seconds_left(now);
    Ok(json!({
        "access_token": token.text,
        // The documents' example has text, captured replies a number.
        "expires_in": number(life, call.dialect),
        "remind_in": life.to_string(),
        "uid": UID.to_string(),
    }))
}

/// Answers for expired tokens too: with seconds below zero.
pub(super) fn get_token_info(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let memory = house.weibo.memory();
    let token = memory.tokens.known(needed(call, "access_token")?)?;
    let app_key = match call.dialect {
        Dialect::Documented => Value::from(APP_KEY),
        Dialect::Corrected => APP_KEY.parse::<u64>().map_or(Value::Null, Value::from),
    };
    Ok(json!({
        "uid": number(i64::try_from(UID).unwrap_or(i64::MAX), call.dialect),
        "appkey": app_key,
        "scope": token.scope,
        "create_at": number(token.issued.as_second(), call.dialect),
        "expire_in": number(token.seconds_left(house.clock.now()), call.dialect),
    }))
}

pub(super) fn revoke(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let token = needed(call, "access_token")?;
    house.weibo.memory().tokens.revoke(token, house.clock.now())?;
    Ok(json!({ "result": "true" }))
}

fn needed<'a>(call: &'a Call, name: &str) -> Result<&'a str, Refused> {
    call.given(name).ok_or_else(|| Refused::oauth(21323))
}

/// The documents' tables say text of what real replies give as numbers.
fn number(number: i64, dialect: Dialect) -> Value {
    match dialect {
        Dialect::Documented => number.to_string().into(),
        Dialect::Corrected => number.into(),
    }
}
