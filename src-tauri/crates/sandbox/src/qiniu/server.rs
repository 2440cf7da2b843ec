//! The routes of the business server, signed with access key and secret key.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::model::{Draft, Extends, Refusal, User};
use super::records::{Store, seconds};
use super::reply::{self, Detail, Figures, LiveView, Reply, Writer};
use super::route::{Call, Server};
use super::sign::{self, Claims};
use super::{JWT_KEY, dates};

const BAD_ARGUMENT: &str = "The arguments you provide is invalid.";

/// The body that makes a live. Unknown fields are ignored, wrong types are not.
#[derive(Deserialize, Default)]
#[serde(default)]
struct LiveBody {
    #[serde(deserialize_with = "nullable")]
    anchor_id: String,
    #[serde(deserialize_with = "nullable")]
    title: String,
    #[serde(deserialize_with = "nullable")]
    notice: String,
    #[serde(deserialize_with = "nullable")]
    cover_url: String,
    extends: Extends,
    start_at: Value,
    end_at: Value,
    publish_expire_at: Value,
}

/// Go leaves a field as it is when the JSON says `null`.
fn nullable<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// The draft in a body, or nothing when it can't be read.
pub(super) fn draft(body: &[u8]) -> Option<Draft> {
    let body: LiveBody = serde_json::from_slice(body).ok()?;
    Some(Draft {
        start: dates::read(&body.start_at).ok()?,
        end: dates::read(&body.end_at).ok()?,
        publish_expire: dates::read(&body.publish_expire_at).ok()?,
        anchor: body.anchor_id,
        title: body.title,
        notice: body.notice,
        cover_url: body.cover_url,
        extends: body.extends,
    })
}

/// Answers a signed request.
pub(super) fn answer(route: Server<'_>, call: &Call, store: &mut Store, out: &Writer, ingest: &str) -> Reply {
    match route {
        Server::Create => create(call, store, out, ingest),
        Server::Get(id) => get(id, store, out, ingest),
        Server::Stop(id) => match store.stop(id, None, None, call.now_ms) {
            Ok(()) => out.live(None),
            Err(Refusal::NoLive) => out.refused(200, 501, "record not found"),
            Err(_) => out.refused(500, 501, "live status error"),
        },
        Server::Delete(id) => {
            if store.delete(id, None) {
                out.live(None)
            } else {
                out.refused(200, 501, "record not found")
            }
        }
        Server::Token { admin } => token(admin, call, store, out),
        Server::Register => register(call, store, out),
        Server::RegisterMany => register_many(call, store, out),
        Server::UserInfo(id) => one_user(store.user(id), Detail::Info, out),
        Server::UserProfile(id) => one_user(store.user(id), Detail::Profile, out),
        Server::UserInfos => many_users(call, store, Detail::Info, out),
        Server::UserProfiles => many_users(call, store, Detail::Profile, out),
        Server::UserUpdate(id) => update(id, call, store, out),
    }
}

/// The answer to a draft that was or wasn't stored.
pub(super) fn created(made: Result<String, Refusal>, store: &Store, out: &Writer, ingest: &str) -> Reply {
    match made.ok().and_then(|id| store.live(&id)) {
        Some(live) => {
            let view = LiveView {
                store,
                ingest,
                figures: Figures::None,
                fresh: true,
                room_token: String::new(),
                anchor: None,
            };
            out.live(Some(&view.of(live)))
        }
        None => out.refused(200, 500, "create live failed"),
    }
}

fn create(call: &Call, store: &mut Store, out: &Writer, ingest: &str) -> Reply {
    let Some(draft) = draft(&call.body) else {
        return out.unparsable("invalid request");
    };
    let made = store.create(draft, call.now_ms).map(|live| live.id.clone());
    if made == Err(Refusal::NoAnchor) {
        return out.refused(200, 404, "Not found");
    }
    created(made, store, out, ingest)
}

fn get(id: &str, store: &Store, out: &Writer, ingest: &str) -> Reply {
    let Some(live) = store.live(id) else {
        return out.refused(200, 500, "create live failed");
    };
    if store.user(&live.anchor).is_none() {
        return out.refused(200, 404, "Not found");
    }
    let view = LiveView {
        store,
        ingest,
        figures: Figures::None,
        fresh: false,
        room_token: String::new(),
        anchor: None,
    };
    out.live(Some(&view.of(live)))
}

fn token(admin: bool, call: &Call, store: &mut Store, out: &Writer) -> Reply {
    let mut params = call.params();
    let mut take = |name: &str| params.remove(name).unwrap_or_default();
    let (app_id, user_id, device_id) = (take("app_id"), take("user_id"), take("device_id"));
    let expires = match take("expires_at").as_str() {
        "" | "0" => call.now().saturating_add(seconds(store.timing.token)),
        text => match text.parse() {
            Ok(at) => at,
            Err(_) => return out.unparsable(BAD_ARGUMENT),
        },
    };
    if app_id.is_empty() || user_id.is_empty() {
        return out.refused(400, 400, BAD_ARGUMENT);
    }
    if store.user(&user_id).is_none() {
        store.register(User { id: user_id.clone(), ..User::default() });
    }
    if let Some(user) = store.user_mut(&user_id).filter(|_| admin) {
        user.admin = true;
    }
    let claims = Claims {
        app_id,
        user_id,
        device_id,
        role: if admin { "admin" } else { "user" }.to_owned(),
        exp: expires,
        generation: store.token_generation,
    };
    out.done(Some(&json!({ "access_token": sign::issue(&claims, JWT_KEY), "expires_at": expires })))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UserBody {
    #[serde(deserialize_with = "nullable")]
    user_id: String,
    #[serde(deserialize_with = "nullable")]
    nick: String,
    #[serde(deserialize_with = "nullable")]
    avatar: String,
    extends: Extends,
}

impl UserBody {
    fn into_user(self) -> User {
        let (id, nick, avatar, extends) = (self.user_id, self.nick, self.avatar, self.extends);
        User { id, nick, avatar, extends, ..User::default() }
    }
}

fn register(call: &Call, store: &mut Store, out: &Writer) -> Reply {
    match serde_json::from_slice::<UserBody>(&call.body) {
        Err(_) => out.unparsable(BAD_ARGUMENT),
        Ok(body) if body.user_id.is_empty() => out.refused(400, 400, BAD_ARGUMENT),
        Ok(body) => {
            let new = store.register(body.into_user());
            if new { out.done(None) } else { out.refused(500, 500, "Internal error") }
        }
    }
}

fn register_many(call: &Call, store: &mut Store, out: &Writer) -> Reply {
    let Ok(bodies) = serde_json::from_slice::<Vec<UserBody>>(&call.body) else {
        return out.unparsable(BAD_ARGUMENT);
    };
    if !(1..=200).contains(&bodies.len()) || bodies.iter().any(|body| body.user_id.is_empty()) {
        return out.refused(400, 400, BAD_ARGUMENT);
    }
    // The server puts the text of its own error into the map.
    let existed = r#"{"request_id":"","code":600,"message":"Already existed"}"#;
    let mut failed = Map::new();
    for body in bodies {
        let id = body.user_id.clone();
        if !store.register(body.into_user()) {
            failed.insert(id, existed.into());
        }
    }
    let failed = if failed.is_empty() { Value::Null } else { failed.into() };
    out.done(Some(&failed))
}

fn one_user(user: Option<&User>, detail: Detail, out: &Writer) -> Reply {
    match user {
        Some(user) => out.done(Some(&reply::user(user, detail))),
        None => out.refused(404, 500, "Internal error"),
    }
}

fn many_users(call: &Call, store: &Store, detail: Detail, out: &Writer) -> Reply {
    let ids = call.values("user_ids");
    if !(1..=200).contains(&ids.len()) {
        return out.refused(400, 400, BAD_ARGUMENT);
    }
    let found = ids.iter().filter_map(|id| store.user(id)).map(|user| reply::user(user, detail));
    out.done(Some(&found.collect()))
}

fn update(id: &str, call: &Call, store: &mut Store, out: &Writer) -> Reply {
    let Ok(body) = serde_json::from_slice::<UserBody>(&call.body) else {
        return out.unparsable(BAD_ARGUMENT);
    };
    let Some(user) = store.user_mut(id) else {
        return out.refused(404, 404, "Not found");
    };
    for (field, new) in [(&mut user.nick, body.nick), (&mut user.avatar, body.avatar)] {
        if !new.is_empty() {
            *field = new;
        }
    }
    if let Some(new) = body.extends {
        user.extends.get_or_insert_default().extend(new);
    }
    out.done(None)
}
