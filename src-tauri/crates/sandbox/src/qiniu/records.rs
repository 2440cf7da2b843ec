//! What Qiniu's database holds, and the rules of a live's life. No HTTP here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::crowd;
use super::model::{Draft, Live, Presence, Refusal, Status, Stopped, Timing, User};
use super::sign;

/// Lives kept at most; beyond, the oldest that isn't on air is forgotten.
const LIVES: usize = 2000;
/// Users kept at most; beyond, no new one is made.
const USERS: usize = 10_000;

const RTC_ACCESS_KEY: &str = "rtc_ak_sandbox";
const RTC_SECRET_KEY: &str = "rtc_sk_sandbox";
/// The hub, which is the RTMP app.
pub(super) const HUB: &str = "kaibo_hub";

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) timing: Timing,
    /// By lower-cased id: the database compares ids without regard to case.
    users: BTreeMap<String, User>,
    /// In order of creation, since ids grow with time.
    lives: BTreeMap<String, Live>,
    last_id: u64,
    made: i64,
    crowd_ms: i64,
    /// Raised when all client tokens given out shall be void.
    pub(super) token_generation: u64,
}

impl Store {
    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(&id.to_lowercase())
    }

    pub(super) fn user_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.get_mut(&id.to_lowercase())
    }

    /// Adds a user. False when there is one of that id, or no room for more.
    pub(super) fn register(&mut self, mut user: User) -> bool {
        let key = user.id.to_lowercase();
        if self.users.contains_key(&key) || self.users.len() >= USERS {
            return false;
        }
        self.made += 1;
        user.im_userid = 5_550_000 + self.made;
        self.users.insert(key, user);
        true
    }

    pub(super) fn live(&self, id: &str) -> Option<&Live> {
        self.lives.get(id)
    }

    pub(super) fn live_mut(&mut self, id: &str) -> Option<&mut Live> {
        self.lives.get_mut(id)
    }

    pub(super) fn lives(&self) -> impl Iterator<Item = &Live> {
        self.lives.values()
    }

    pub(super) fn create(&mut self, draft: Draft, now_ms: i64) -> Result<&Live, Refusal> {
        if draft.anchor.is_empty() || self.user(&draft.anchor).is_none() {
            return Err(Refusal::NoAnchor);
        }
        let extends = serde_json::to_string(&draft.extends).unwrap_or_default();
        let fits = |text: &str, most: usize| text.chars().count() <= most;
        if !(fits(&draft.title, 128)
            && fits(&draft.notice, 255)
            && fits(&draft.cover_url, 255)
            && fits(&extends, 1024)
            && self.make_room())
        {
            return Err(Refusal::Unstorable);
        }
        let now = now_ms / 1000;
        let id = self.next_id(now_ms);
        let default = now.saturating_add(seconds(self.timing.publish));
        let expires = draft.publish_expire.filter(|at| *at > now).unwrap_or(default);
        self.made += 1;
        let path = format!("/{HUB}/{}", stream(&id));
        let live = Live {
            title: draft.title,
            notice: draft.notice,
            cover_url: draft.cover_url,
            extends: draft.extends,
            anchor: draft.anchor,
            status: Status::Created,
            start: draft.start,
            end: draft.end,
            chat_id: 7_770_000 + self.made,
            push_query: sign::expiry_query(&path, expires, RTC_ACCESS_KEY, RTC_SECRET_KEY),
            stopped: None,
            beat_ms: now_ms,
            joins: 0,
            visitors: BTreeSet::new(),
            likes: BTreeMap::new(),
            id: id.clone(),
        };
        Ok(self.lives.entry(id).or_insert(live))
    }

    fn make_room(&mut self) -> bool {
        if self.lives.len() < LIVES {
            return true;
        }
        let oldest = self.lives.values().find(|live| live.status != Status::Live);
        oldest.map(|live| live.id.clone()).is_some_and(|id| self.lives.remove(&id).is_some())
    }

    /// Ids as Twitter's snowflake makes them: milliseconds, node 0, a step.
    fn next_id(&mut self, now_ms: i64) -> String {
        const EPOCH_MS: i64 = 1_288_834_974_657;
        let since = u64::try_from(now_ms.saturating_sub(EPOCH_MS)).unwrap_or(0);
        self.last_id = (since << 22).max(self.last_id + 1);
        self.last_id.to_string()
    }

    /// The anchor goes on air and is in the room.
    pub(super) fn start(&mut self, id: &str, user: &str, now_ms: i64) -> Result<&Live, Refusal> {
        let live = self.lives.get_mut(id).ok_or(Refusal::NoLive)?;
        if live.anchor != user {
            return Err(Refusal::NotAnchor);
        }
        if live.status == Status::Ended {
            return Err(Refusal::WrongStatus);
        }
        live.status = Status::Live;
        live.start = Some(now_ms / 1000);
        live.beat_ms = now_ms;
        self.enter(id, user, now_ms);
        self.lives.get(id).ok_or(Refusal::NoLive)
    }

    /// Ends a live that is on air.
    pub(super) fn stop(
        &mut self,
        id: &str,
        by: Option<&str>,
        stopped: Option<Stopped>,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let live = self.lives.get_mut(id).ok_or(Refusal::NoLive)?;
        if by.is_some_and(|user| user != live.anchor) {
            return Err(Refusal::NotAnchor);
        }
        if live.status != Status::Live {
            return Err(Refusal::WrongStatus);
        }
        live.status = Status::Ended;
        live.end = Some(now_ms / 1000);
        live.stopped = stopped;
        Ok(())
    }

    /// Forgets a live, whatever its status; `by` restricts it to that anchor's.
    pub(super) fn delete(&mut self, id: &str, by: Option<&str>) -> bool {
        let found = self.lives.get(id).is_some_and(|live| by.is_none_or(|user| user == live.anchor));
        found && self.lives.remove(id).is_some()
    }

    fn enter(&mut self, id: &str, user: &str, now_ms: i64) {
        if let Some(user) = self.user_mut(user) {
            user.presence = Some(Presence { live: id.to_owned(), joined_ms: now_ms, seen_ms: now_ms });
        }
    }

    /// A viewer enters. The user's record points at the room even if there is no such room.
    pub(super) fn join(&mut self, id: &str, user: &str, now_ms: i64) -> Result<&Live, Refusal> {
        self.enter(id, user, now_ms);
        let live = self.lives.get_mut(id).ok_or(Refusal::NoLive)?;
        if live.anchor != user {
            live.joins += 1;
            live.visitors.insert(user.to_owned());
        }
        Ok(live)
    }

    pub(super) fn leave(&mut self, id: &str, user: &str) -> Result<(), Refusal> {
        if !self.lives.contains_key(id) {
            return Err(Refusal::NoLive);
        }
        let user = self.user_mut(user).ok_or(Refusal::Absent)?;
        user.presence.take_if(|at| at.live == id).map(|_| ()).ok_or(Refusal::Absent)
    }

    /// A sign of life of a user in the room.
    pub(super) fn beat(&mut self, id: &str, user: &str, now_ms: i64) -> Result<Status, Refusal> {
        let present = self
            .user_mut(user)
            .and_then(|user| user.presence.as_mut())
            .filter(|presence| presence.live == id)
            .ok_or(Refusal::Absent)?;
        present.seen_ms = now_ms;
        let live = self.lives.get_mut(id).ok_or(Refusal::NoLive)?;
        if live.anchor == user {
            live.beat_ms = now_ms;
        }
        Ok(live.status)
    }

    pub(super) fn like(&mut self, id: &str, user: &str, count: u64) -> Result<(u64, u64), Refusal> {
        let live = self.lives.get_mut(id).ok_or(Refusal::NoLive)?;
        let own = live.likes.entry(user.to_owned()).or_default();
        *own = own.saturating_add(count);
        let own = *own;
        Ok((own, live.likes.values().fold(0, |sum, likes| sum.saturating_add(*likes))))
    }

    /// Everybody in a room, in the order they came.
    pub(super) fn present(&self, id: &str) -> Vec<&User> {
        let mut users: Vec<_> = self
            .users
            .values()
            .filter_map(|user| {
                user.presence.as_ref().filter(|at| at.live == id).map(|at| (at.joined_ms, user))
            })
            .collect();
        users.sort_by_key(|(joined, user)| (*joined, user.im_userid));
        users.into_iter().map(|(_, user)| user).collect()
    }

    pub(super) fn is_in(&self, id: &str, user: &str) -> bool {
        self.user(user).and_then(|user| user.presence.as_ref()).is_some_and(|at| at.live == id)
    }

    /// Lets time pass: who doesn't beat drops out, whose anchor is gone ends, and viewers come and go.
    pub(super) fn tick(&mut self, now_ms: i64, chatter: bool) {
        let presence_ms = millis(self.timing.presence);
        let live_ms = millis(self.timing.live);
        for user in self.users.values_mut() {
            let on_air = |id: &str| self.lives.get(id).is_some_and(|live| live.status == Status::Live);
            if let Some(at) = &mut user.presence {
                if user.guest && chatter && on_air(&at.live) {
                    at.seen_ms = now_ms;
                } else if now_ms.saturating_sub(at.seen_ms) > presence_ms {
                    user.presence = None;
                }
            }
        }
        for live in self.lives.values_mut().filter(|live| live.status == Status::Live) {
            let deadline = live.beat_ms.saturating_add(live_ms);
            if now_ms > deadline {
                live.status = Status::Ended;
                live.end = Some(deadline / 1000);
            }
        }
        let steps = crowd::steps(&mut self.crowd_ms, now_ms);
        if chatter && steps > 0 {
            crowd::walk(self, steps, now_ms);
        }
    }
}

/// The stream's name in the hub.
pub(super) fn stream(id: &str) -> String {
    format!("qn_live_kit-{id}")
}

/// The token of the room's video call, as `start` hands it out.
pub(super) fn room_token(live: &Live, now: i64) -> String {
    use base64::Engine as _;
    let access = serde_json::json!({
        "appId": "rtc_app_sandbox",
        "roomName": live.id,
        "userId": live.anchor,
        "expireAt": now.saturating_add(24 * 3600),
        "permission": "user",
    });
    let access = base64::engine::general_purpose::URL_SAFE.encode(access.to_string());
    let sign = sign::hmac_sha1(RTC_SECRET_KEY, access.as_bytes());
    format!("{RTC_ACCESS_KEY}:{sign}:{access}")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_795_299_828_000;

    fn store() -> Store {
        let mut store = Store::default();
        for id in ["anchor", "viewer"] {
            assert!(store.register(User { id: id.into(), ..User::default() }));
        }
        store
    }

    fn live(store: &mut Store) -> String {
        let draft = Draft { anchor: "anchor".into(), ..Draft::default() };
        store.create(draft, T0).unwrap().id.clone()
    }

    #[test]
    fn ids_grow_within_one_millisecond() {
        let mut store = store();
        let ids: Vec<u64> = (0..3).map(|_| live(&mut store).parse().unwrap()).collect();
        assert!(ids[0] < ids[1] && ids[1] < ids[2], "{ids:?}");
        assert_eq!(ids[0] >> 22, u64::try_from(T0 - 1_288_834_974_657).unwrap());
    }

    #[test]
    fn the_anchor_drops_out_after_20_seconds_and_the_live_ends_after_10_minutes() {
        let mut store = store();
        let id = live(&mut store);
        store.start(&id, "anchor", T0).unwrap();
        store.tick(T0 + 20_000, false);
        assert_eq!(store.beat(&id, "anchor", T0 + 20_000), Ok(Status::Live));
        store.tick(T0 + 40_001, false);
        assert_eq!(store.beat(&id, "anchor", T0 + 40_001), Err(Refusal::Absent));
        store.tick(T0 + 20_000 + 600_000, false);
        assert_eq!(store.live(&id).unwrap().status, Status::Live);
        store.tick(T0 + 20_000 + 600_001, false);
        let live = store.live(&id).unwrap();
        assert_eq!((live.status, live.end), (Status::Ended, Some((T0 + 620_000) / 1000)));
    }

    #[test]
    fn shorter_times_end_a_live_sooner() {
        let mut store = store();
        store.timing.live = Duration::from_secs(2);
        let id = live(&mut store);
        store.start(&id, "anchor", T0).unwrap();
        store.tick(T0 + 2_001, false);
        assert_eq!(store.live(&id).unwrap().status, Status::Ended);
    }

    #[test]
    fn of_two_lives_only_the_last_started_takes_beats() {
        let mut store = store();
        let (first, second) = (live(&mut store), live(&mut store));
        store.start(&first, "anchor", T0).unwrap();
        store.start(&second, "anchor", T0).unwrap();
        assert_eq!(store.beat(&first, "anchor", T0), Err(Refusal::Absent));
        assert_eq!(store.beat(&second, "anchor", T0), Ok(Status::Live));
    }

    #[test]
    fn viewers_come_by_themselves_only_with_chatter() {
        for chatter in [true, false] {
            let mut store = store();
            let id = live(&mut store);
            store.start(&id, "anchor", T0).unwrap();
            let mut most = 0;
            for second in 1..120 {
                let now = T0 + second * 1000;
                store.beat(&id, "anchor", now).unwrap();
                store.tick(now, chatter);
                most = most.max(store.present(&id).len());
            }
            assert_eq!(most > 3, chatter, "{most}");
        }
    }

    #[test]
    fn long_texts_cannot_be_stored() {
        let mut store = store();
        let mut draft = Draft { anchor: "anchor".into(), title: "长".repeat(128), ..Draft::default() };
        assert!(store.create(draft.clone(), T0).is_ok());
        draft.title.push('长');
        assert_eq!(store.create(draft, T0).map(|_| ()), Err(Refusal::Unstorable));
        let unknown = Draft { anchor: "nobody".into(), ..Draft::default() };
        assert_eq!(store.create(unknown, T0).map(|_| ()), Err(Refusal::NoAnchor));
    }
}
