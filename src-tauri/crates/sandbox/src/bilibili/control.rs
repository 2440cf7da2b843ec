//! The strings behind Bilibili's scenes.

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

    /// Bilibili's WBI keys change, as they do about daily.
    pub fn renew_wbi_keys(&self) {
        self.house().bilibili.with(|world| world.wbi_generation += 1);
    }

    /// The cookies of a Bilibili user who has no room yet.
    pub fn newcomer_cookie(&self) -> String {
        self.house().bilibili.with(|world| super::cookie_header(world, NEWCOMER))
    }
}
