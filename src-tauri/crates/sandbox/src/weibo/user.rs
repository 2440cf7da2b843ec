//! Who calls, what is left of the quota, and the page that viewers open.

// All calls have one signature, also those that never refuse.
#![allow(clippy::unnecessary_wraps)]

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::budget::{CHINA, next_day};
use super::wire::{Call, Refused};
use super::{SCREEN_NAME, STRANGER, UID};
use crate::house::{Dialect, House};

/// Calls an hour for one address; never used up here.
const IP_HITS: u64 = 15_000;
/// The `auth_code`s with which the person must verify first.
const MUST_VERIFY: [u32; 5] = [6, 8, 9, 10, 13];

/// <https://open.weibo.com/wiki/2/account/rate_limit_status>.
pub(super) fn rate_limit_status(house: &Arc<House>, _call: &Call) -> Result<Value, Refused> {
    let now = house.clock.now();
    let memory = house.weibo.memory();
    let reset = next_day(now);
    let at = jiff::Timestamp::from_second(reset).unwrap_or(jiff::Timestamp::MAX);
    let at = at.to_zoned(TimeZone::fixed(CHINA)).strftime("%Y-%m-%d %H:%M:%S").to_string();
    Ok(json!({
        "ip_limit": IP_HITS,
        "limit_time_unit": "DAY",
        "remaining_ip_hits": IP_HITS,
        "remaining_user_hits": memory.budget.left(now),
        "reset_time": at,
        "reset_time_in_seconds": reset - now.as_second(),
        "user_limit": memory.budget.limit,
    }))
}

/// <https://open.weibo.com/wiki/2/account/get_uid>.
pub(super) fn get_uid(_house: &Arc<House>, _call: &Call) -> Result<Value, Refused> {
    Ok(json!({ "uid": UID }))
}

/// <https://open.weibo.com/wiki/2/users/show>: exactly one of `uid` and `screen_name`.
pub(super) fn show(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let own = match (call.given("uid"), call.given("screen_name")) {
        (Some(uid), None) => uid == UID.to_string(),
        (None, Some(name)) => name == SCREEN_NAME,
        (None, None) => {
            return Err(Refused::new(10016, "miss required parameter (uid) , see doc for more info."));
        }
        (Some(_), Some(_)) => return Err(Refused::new(10008, "param error, see doc for more info.")),
    };
    if call.given("uid") == Some(STRANGER.to_string().as_str()) {
        return Err(Refused::new(21335, "uid parameter must be current user"));
    }
    if !own {
        return Err(Refused::new(20003, "User does not exists!"));
    }
    let avatar = format!("{}/avatar/{UID}.png", house.addresses().weibo);
    Ok(json!({
        "id": UID,
        "idstr": UID.to_string(),
        "screen_name": SCREEN_NAME,
        "name": SCREEN_NAME,
        "profile_image_url": avatar,
        "avatar_large": avatar,
        "avatar_hd": avatar,
        "verified": false,
        "created_at": "Fri Aug 28 00:00:00 +0800 2015",
    }))
}

/// The right to broadcast, which the official apps ask for first.
pub(super) fn authed(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let right = house.weibo.memory().right;
    // Where the person verifies, in Weibo's own app; made up, as no document shows one.
    let scheme_url = if MUST_VERIFY.contains(&right) {
        format!("sinaweibo://sandbox/verify?uid={UID}")
    } else {
        String::new()
    };
    // Seen as a number and as text.
    let auth_code = match call.dialect {
        Dialect::Documented => Value::from(right.to_string()),
        Dialect::Corrected => Value::from(right),
    };
    Ok(json!({ "auth_code": auth_code, "status": 1, "scheme_url": scheme_url }))
}

/// What viewers open, in its plainest form.
pub(super) async fn landing_page(
    State(house): State<Arc<House>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let id = query.get("id").cloned().unwrap_or_default();
    let status =
        house.weibo.memory().rooms.values().find(|room| room.room_id() == id).map(|room| room.status);
    let Some(status) = status else { return StatusCode::NOT_FOUND.into_response() };
    Html(format!("<!doctype html><meta charset=utf-8><title>Sandbox</title><p>微博直播 · {status}</p>"))
        .into_response()
}
