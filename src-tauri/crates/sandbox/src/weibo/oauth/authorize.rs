//! The page on which the person decides: <https://open.weibo.com/wiki/Oauth2/authorize>.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::super::hex;
use super::super::wire::{Call, Refused, read};
use super::page::{self, Language};
use super::{APP_KEY, Waiting, take, wait};
use crate::house::{Dialect, House};

/// The longest `state` and `scope` taken, in bytes.
const LONGEST: usize = 1024;

/// Shows the page, or sends the browser back when the app asked for something else than a code.
pub(super) async fn ask(State(house): State<Arc<House>>, request: Request) -> Response {
    match read(request, Dialect::default()).await.and_then(|call| admit(&house, &call)) {
        Ok(Asked::Page { language, again, token }) => page::consent(language, again, &token),
        Ok(Asked::Back(to)) => found(&to),
        Err(refused) => page::refusal(&refused),
    }
}

enum Asked {
    Page { language: Language, again: bool, token: String },
    Back(Url),
}

/// Who isn't known, or names an address that isn't registered, gets a page: such a browser is sent nowhere.
fn admit(house: &House, call: &Call) -> Result<Asked, Refused> {
    if call.given("client_id") != Some(APP_KEY) {
        return Err(Refused::oauth(21324));
    }
    let redirect_uri = call.given("redirect_uri").unwrap_or_default().to_owned();
    let mut memory = house.weibo.memory();
    let oauth = &mut memory.oauth;
    let callback = Url::parse(&redirect_uri).ok().filter(|_| oauth.registered(house, &redirect_uri));
    let callback = callback.ok_or_else(|| Refused::oauth(21322))?;
    let state = call.raw("state").map(str::to_owned);
    // The newer table has no `response_type`; all examples have it.
    if call.given("response_type").is_some_and(|kind| kind != "code") {
        return Ok(Asked::Back(back(callback, refused_with(21329), state.as_deref())));
    }
    let odd = |_| Refused::oauth(21323);
    call.one_of("display", &["default", "mobile", "wap", "client", "apponweibo"]).map_err(odd)?;
    let again = call.one_of("forcelogin", &["true", "false"]).map_err(odd)? == Some("true");
    let english = call.one_of("language", &["en"]).map_err(odd)?.is_some();
    let scope = call.given("scope").map(str::to_owned);
    if [&state, &scope].into_iter().flatten().any(|text| text.len() > LONGEST) {
        return Err(Refused::oauth(21323));
    }
    let token = hex(32);
    let page = Waiting { key: token.clone(), since: house.clock.now(), redirect_uri, state, scope };
    wait(&mut oauth.pages, page);
    let language = if english { Language::English } else { Language::Chinese };
    Ok(Asked::Page { language, again, token })
}

/// The person pressed a button. Each page that was shown decides once.
pub(super) async fn decide(State(house): State<Arc<House>>, request: Request) -> Response {
    match read(request, Dialect::default()).await.and_then(|call| answer(&house, &call)) {
        Ok(to) => found(&to),
        Err(refused) => page::refusal(&refused),
    }
}

fn answer(house: &House, call: &Call) -> Result<Url, Refused> {
    let now = house.clock.now();
    let invalid = || Refused::oauth(21323);
    let allowed = match call.given("decision") {
        Some("allow") => true,
        Some("refuse") => false,
        _ => return Err(invalid()),
    };
    let mut memory = house.weibo.memory();
    let oauth = &mut memory.oauth;
    let page = take(&mut oauth.pages, call.given("page").unwrap_or_default(), now).ok_or_else(invalid)?;
    let callback = Url::parse(&page.redirect_uri).map_err(|_| Refused::oauth(21322))?;
    let state = page.state.clone();
    if !allowed {
        return Ok(back(callback, refused_with(21330), state.as_deref()));
    }
    let code = hex(32);
    wait(&mut oauth.codes, Waiting { key: code.clone(), since: now, ..page });
    Ok(back(callback, vec![("code", code)], state.as_deref()))
}

fn refused_with(code: u32) -> Vec<(&'static str, String)> {
    let refused = Refused::oauth(code);
    vec![
        ("error_uri", "/oauth2/authorize".to_owned()),
        ("error", refused.text().to_owned()),
        ("error_description", refused.description().to_owned()),
        ("error_code", code.to_string()),
    ]
}

/// The callback with these and the app's `state` added to its query.
fn back(mut callback: Url, fields: Vec<(&'static str, String)>, state: Option<&str>) -> Url {
    {
        let mut query = callback.query_pairs_mut();
        query.extend_pairs(fields);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
    }
    callback
}

fn found(to: &Url) -> Response {
    let headers = [
        (header::LOCATION, to.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::FOUND, headers).into_response()
}

/// Where a browser ends whose app has no callback of its own.
pub(super) async fn landing(State(house): State<Arc<House>>, request: Request) -> Response {
    let whole = request.uri().path_and_query().map_or("", |whole| whole.as_str());
    page::landing(&format!("{}{whole}", house.addresses().weibo))
}
