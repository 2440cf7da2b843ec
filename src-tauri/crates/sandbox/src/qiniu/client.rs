//! The routes of a user's program: the token stands bare in `Authorization`.
//!
//! <https://developer.qiniu.com/lowcode/12009/qlive-server-api-authentication>

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::{Extends, Live, Status, Stopped, User};
use super::records::{Store, room_token};
use super::reply::{self, Detail, Figures, LiveView, Reply, Writer};
use super::route::{Call, Client};
use super::server::{created, draft};
use super::sign::{self, TokenFault};
use super::{JWT_KEY, UNAUTHORIZED};

/// Who calls, or the refusal.
pub(super) fn caller(call: &Call, store: &Store, out: &Writer) -> Result<(String, bool), Reply> {
    let token = call.header("authorization").unwrap_or_default();
    match sign::read(token, JWT_KEY, call.now(), store.token_generation) {
        Err(TokenFault::Invalid) => Err(out.refused(401, 401, UNAUTHORIZED)),
        Err(TokenFault::Expired) => Err(out.refused(401, 499, "Your token is expired")),
        Ok(claims) if store.user(&claims.user_id).is_none() => Err(out.refused(401, 404, "Not found")),
        Ok(claims) => Ok((claims.user_id, claims.role == "admin")),
    }
}

/// An administrator ends a live.
pub(super) fn admin_stop(id: &str, call: &Call, store: &mut Store, out: &Writer) -> Reply {
    match caller(call, store, out) {
        Err(refusal) => refusal,
        // The administrators are a table of their own, in which others aren't found.
        Ok((_, false)) => out.refused(401, 404, "Not found"),
        Ok((user, true)) => {
            let stopped = Stopped { reason: "censor", user, at: call.now() };
            match store.stop(id, None, Some(stopped), call.now_ms) {
                Ok(()) => out.live(None),
                Err(_) => out.refused(500, 500, "stop live failed"),
            }
        }
    }
}

struct Desk<'a> {
    call: &'a Call,
    store: &'a mut Store,
    out: &'a Writer,
    ingest: &'a str,
    user: String,
}

/// Answers a request with a token.
pub(super) fn answer(route: Client<'_>, call: &Call, store: &mut Store, out: &Writer, ingest: &str) -> Reply {
    let user = match caller(call, store, out) {
        Ok((user, _)) => user,
        Err(refusal) => return refusal,
    };
    let mut desk = Desk { call, store, out, ingest, user };
    match route {
        Client::AppConfig => out.done(Some(&json!({ "im_app_id": "im_app_sandbox" }))),
        Client::Create => desk.create(),
        Client::Delete(id) => {
            // Success also for rooms of others and for none at all.
            desk.store.delete(id, Some(&desk.user));
            out.live(None)
        }
        Client::Start(id) => desk.start(id),
        Client::Stop(id) => {
            let stopped = desk.store.stop(id, Some(&desk.user), None, call.now_ms);
            if stopped.is_ok() { out.live(None) } else { out.refused(500, 500, "stop live failed") }
        }
        Client::Heartbeat(id) => match desk.store.beat(id, &desk.user, call.now_ms) {
            Ok(status) => out.done(Some(&json!({ "live_id": id, "live_status": status as u8 }))),
            Err(_) => out.refused(500, 500, "heartbeat failed"),
        },
        Client::Info(id) => match desk.store.live(id) {
            Some(live) => out.live(Some(&desk.view(Figures::All).of(live))),
            None => out.refused(500, 500, "get liveInfo info failed"),
        },
        Client::Join(id) => {
            if desk.store.join(id, &desk.user, call.now_ms).is_err() {
                return out.refused(500, 500, "get liveInfo info failed");
            }
            desk.told(id, Figures::Anchor, String::new())
        }
        Client::Leave(id) => match desk.store.leave(id, &desk.user) {
            Ok(()) => out.live(None),
            Err(_) => out.refused(500, 500, "leave live failed"),
        },
        Client::List => desk.list(),
        Client::ListOwn => desk.list_own(),
        Client::Search => desk.search(),
        Client::Users => desk.users(),
        Client::Like(id) => desk.like(id),
        Client::Extends => desk.extends(),
        Client::Statistics(id) => match desk.store.live(id) {
            Some(live) => out.done(Some(&reply::statistics(live))),
            None => out.refused(500, 500, "get stats failed"),
        },
    }
}

impl Desk<'_> {
    fn view(&self, figures: Figures) -> LiveView<'_> {
        LiveView {
            store: self.store,
            ingest: self.ingest,
            figures,
            fresh: false,
            room_token: String::new(),
            anchor: None,
        }
    }

    fn told(&self, id: &str, figures: Figures, room_token: String) -> Reply {
        let data = self.store.live(id).map(|live| LiveView { room_token, ..self.view(figures) }.of(live));
        self.out.live(data.as_ref())
    }

    fn create(&mut self) -> Reply {
        let Some(mut draft) = draft(&self.call.body) else {
            return self.out.unparsable("invalid request");
        };
        draft.anchor.clone_from(&self.user);
        let made = self.store.create(draft, self.call.now_ms).map(|live| live.id.clone());
        created(made, self.store, self.out, self.ingest)
    }

    fn start(&mut self, id: &str) -> Reply {
        match self.store.start(id, &self.user, self.call.now_ms) {
            Ok(live) => {
                let token = room_token(live, self.call.now());
                self.told(id, Figures::Anchor, token)
            }
            Err(_) => self.out.refused(500, 500, "start live failed"),
        }
    }

    /// Page number and size, or the refusal.
    fn page(&self) -> Result<(usize, usize), Reply> {
        let params = self.call.params();
        let number = |name: &str, default: i64, fault: &str| {
            params.get(name).map_or(Ok(default), |text| text.parse::<i64>().map_err(|_| self.bad(fault)))
        };
        let page = number("page_num", 1, "page num is not int")?;
        let size = number("page_size", 10, "page size is not int")?;
        match (usize::try_from(page), usize::try_from(size)) {
            (Ok(page @ 1..), Ok(size @ 1..)) => Ok((page, size)),
            _ => Err(self.bad("page num or page size is not right")),
        }
    }

    fn bad(&self, message: &str) -> Reply {
        self.out.refused(400, 400, message)
    }

    fn paged<T>(&self, all: &[T], shown: impl Fn(&T) -> Value) -> Reply {
        let (page, size) = match self.page() {
            Ok(page) => page,
            Err(refusal) => return refusal,
        };
        let from = (page - 1).saturating_mul(size);
        let list: Vec<_> = all.iter().skip(from).take(size).map(shown).collect();
        self.out.live(Some(&json!({
            "total_count": all.len(),
            "page_total": all.len().div_ceil(size),
            "end_page": from.saturating_add(size) >= all.len(),
            "list": list,
        })))
    }

    /// On air first, then by planned start, the last first.
    fn ordered<'a>(lives: impl Iterator<Item = &'a Live>, on_air_first: bool) -> Vec<&'a Live> {
        let mut lives: Vec<_> = lives.collect();
        lives.sort_by_key(|live| {
            let behind = on_air_first && live.status != Status::Live;
            (behind, std::cmp::Reverse(live.start.unwrap_or(0)))
        });
        lives
    }

    fn list(&self) -> Reply {
        let wanted = self.call.params().remove("live_status").unwrap_or_else(|| "-1".into());
        let wanted: &[Status] = match wanted.parse::<i64>() {
            Ok(-1) => &[Status::Created, Status::Live],
            Ok(0) => &[Status::Created],
            Ok(1) => &[Status::Live],
            Ok(2) => &[Status::Ended],
            Ok(_) => return self.bad("live status is not right"),
            Err(_) => return self.bad("live status is not int"),
        };
        let lives = Self::ordered(self.store.lives().filter(|live| wanted.contains(&live.status)), true);
        self.paged(&lives, |live| self.view(Figures::All).of(live))
    }

    fn list_own(&self) -> Reply {
        let own = self.store.lives().filter(|live| live.anchor == self.user);
        self.paged(&Self::ordered(own, false), |live| self.view(Figures::Anchor).of(live))
    }

    /// Counts matching titles and anchors, but lists only the anchors', with the caller shown as anchor: a fault
    /// of the server that clients meet.
    fn search(&self) -> Reply {
        let Some(word) = self.call.params().remove("keyword").filter(|word| !word.is_empty()) else {
            return self.bad("keyword is empty");
        };
        let open = |live: &&Live| live.status != Status::Ended;
        let by_anchor: Vec<_> =
            self.store.lives().filter(open).filter(|live| live.anchor.starts_with(&word)).collect();
        let by_title = self.store.lives().filter(open).filter(|live| live.title.starts_with(&word)).count();
        if by_anchor.is_empty() {
            let pages = by_title.div_ceil(10);
            return self.out.live(Some(
                &json!({ "total_count": by_title, "page_total": pages, "end_page": true, "list": [] }),
            ));
        }
        let caller = self.store.user(&self.user);
        self.paged(&by_anchor, |live| LiveView { anchor: caller, ..self.view(Figures::Anchor) }.of(live))
    }

    fn users(&self) -> Reply {
        let id = self.call.params().remove("live_id").unwrap_or_default();
        if self.store.live(&id).is_none() {
            return self.out.refused(500, 500, "get live user list failed");
        }
        self.paged(&self.store.present(&id), |user: &&User| reply::user(user, Detail::Listed))
    }

    fn like(&mut self, id: &str) -> Reply {
        #[derive(Deserialize)]
        struct Body {
            count: u64,
        }
        let Ok(body) = serde_json::from_slice::<Body>(&self.call.body) else {
            return self.out.unparsable("invalid request");
        };
        match self.store.like(id, &self.user, body.count) {
            Ok((own, total)) => self.out.done(Some(&json!({ "count": own, "total": total }))),
            Err(_) => self.out.refused(500, 500, "like failed"),
        }
    }

    fn extends(&mut self) -> Reply {
        #[derive(Deserialize)]
        struct Body {
            live_id: String,
            extends: Extends,
        }
        let Ok(body) = serde_json::from_slice::<Body>(&self.call.body) else {
            return self.out.unparsable("invalid request");
        };
        match self.store.live_mut(&body.live_id).filter(|live| live.anchor == self.user) {
            Some(live) => {
                live.extends = body.extends;
                self.out.live(None)
            }
            None => self.out.refused(500, 500, "update extends failed"),
        }
    }
}
