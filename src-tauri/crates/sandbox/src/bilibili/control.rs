//! The strings behind Bilibili's scenes.

use super::event::Event;
use super::passport::Step;
use super::world::{APP_KEY, APP_SECRET, Check, NEWCOMER};
use crate::Control;

impl Control {
    /// Whoever goes live with Bilibili's face check on has passed it now.
    pub fn pass_face_check(&self) {
        self.house().bilibili.with(|world| world.check = Check::None);
    }

    /// Bilibili asks for an identity check (60043) before going live, or no longer.
    pub fn require_identity_check(&self, on: bool) {
        self.house().bilibili.with(|world| world.check = if on { Check::Identity } else { Check::None });
    }

    /// Bilibili lets only signed clients go live (60034 otherwise), or everybody again.
    pub fn require_client_identity(&self, on: bool) {
        self.house().bilibili.with(|world| world.client_required = on);
    }

    /// The key and secret of the client that Bilibili knows. Made up.
    pub fn client_identity(&self) -> (&'static str, &'static str) {
        (APP_KEY, APP_SECRET)
    }

    /// Bilibili's WBI keys change, as they do about daily: what was signed with the old ones gets -352.
    pub fn bilibili_turn_wbi_keys(&self) {
        self.house().bilibili.with(|world| world.wbi_generation += 1);
    }

    /// The cookies of a Bilibili user who has no room yet.
    pub fn newcomer_cookie(&self) -> String {
        let now_ms = now_ms(self);
        self.house().bilibili.with(|world| world.handed(NEWCOMER, now_ms).header())
    }

    /// A phone scans the code that holds `url`. False when the code isn't Bilibili's, is over or was scanned before.
    pub fn bilibili_phone_scans(&self, url: &str) -> bool {
        phone(self, url, Step::Scanned)
    }

    /// The phone's user confirms, and has scanned before if need be. False when the code isn't Bilibili's, is over or
    /// was confirmed before.
    pub fn bilibili_phone_confirms(&self, url: &str) -> bool {
        phone(self, url, Step::Confirmed)
    }

    /// Bilibili asks every sign-in to refresh its cookies, also those to come; or none that is younger than 30 days.
    /// A sign-in that comes of a refresh isn't asked again until this is called anew.
    pub fn bilibili_want_refresh(&self, on: bool) {
        self.house().bilibili.with(|world| world.sessions.want_refresh(on));
    }

    /// How many sign-ins at Bilibili still work, those of [`crate::Sandbox::accounts`] included once they were asked
    /// for.
    pub fn bilibili_sessions(&self) -> usize {
        let now_ms = now_ms(self);
        self.house().bilibili.with(|world| world.sessions.working(now_ms))
    }

    /// Tells everybody in a room a command, whatever it is. False when the room isn't there or it is no JSON.
    pub fn bilibili_event(&self, room: &str, command: &str) -> bool {
        let (Ok(room), Ok(command)) = (room.parse::<u64>(), serde_json::from_str(command)) else {
            return false;
        };
        let bilibili = &self.house().bilibili;
        let known = bilibili.with(|world| world.rooms.contains_key(&room));
        if known {
            bilibili.tell(room, Event::Other(command));
        }
        known
    }

    /// Bilibili's answers lose their `Set-Cookie` headers on the way, or no longer.
    pub fn bilibili_lose_set_cookie(&self, on: bool) {
        self.house().bilibili.with(|world| world.lose_set_cookie = on);
    }
}

fn phone(control: &Control, url: &str, step: Step) -> bool {
    let now_ms = now_ms(control);
    control.house().bilibili.with(|world| world.codes.phone(url, step, now_ms))
}

fn now_ms(control: &Control) -> i64 {
    control.house().clock.now().as_millisecond()
}
