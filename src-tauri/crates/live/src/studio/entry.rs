//! What an account's keyring entry holds beside the connect form's secrets: push addresses, and the secrets
//! that a renewal replaced and that aren't confirmed away yet.

use secrecy::{ExposeSecret, SecretString};

use super::Inner;
use crate::account::Account;
use crate::problem::Failure;
use crate::push::PushAddress;
use crate::room::RoomId;
use crate::secret::Credentials;

/// Secrets that a renewal replaced, each under this and its name.
const REPLACED: &str = "renewal.old.";

impl Inner {
    /// Keeps a room's push address beside the account's other secrets, or drops it.
    pub(super) async fn keep_push(
        &self,
        account: &Account,
        room: &RoomId,
        push: Option<&PushAddress>,
    ) -> Result<(), Failure> {
        if self.lock().room(room).is_none() {
            return Ok(()); // forgotten meanwhile, and its account's entry with it
        }
        let (server, key) = push_names(room);
        self.change_secrets(account, |kept| {
            if let Some(push) = push {
                kept.set(server, SecretString::from(push.server.clone()));
                kept.set(key, push.key.clone());
            } else {
                kept.remove(&server);
                kept.remove(&key);
            }
        })
        .await
    }
}

fn push_names(room: &RoomId) -> (String, String) {
    (format!("push.{}.server", room.0), format!("push.{}.key", room.0))
}

pub(super) fn kept_push(credentials: &Credentials, room: &RoomId) -> Option<PushAddress> {
    let (server, key) = push_names(room);
    let server = credentials.get(&server)?.expose_secret().to_owned();
    let key = credentials.get(&key).cloned().unwrap_or_default();
    Some(PushAddress { server, key })
}

/// Puts renewed secrets in, and what they replace beside them. Putting the same in twice changes nothing.
pub(super) fn put_renewed(kept: &mut Credentials, renewed: &Credentials) {
    for (name, fresh) in renewed.iter() {
        if let Some(old) = kept.get(name).filter(|old| old.expose_secret() != fresh.expose_secret()) {
            let old = old.clone();
            kept.set(format!("{REPLACED}{name}"), old);
        }
    }
    kept.merge(renewed);
}

/// The secrets that a renewal replaced, by their own names; none when all was confirmed.
pub(super) fn replaced(kept: &Credentials) -> Option<Credentials> {
    let mut old = Credentials::default();
    for (name, secret) in kept.iter() {
        if let Some(name) = name.strip_prefix(REPLACED) {
            old.set(name, secret.clone());
        }
    }
    let any = old.iter().next().is_some();
    any.then_some(old)
}

/// Drops what a renewal replaced.
pub(super) fn drop_replaced(kept: &mut Credentials) {
    let names: Vec<String> =
        kept.iter().map(|(name, _)| name.to_owned()).filter(|name| name.starts_with(REPLACED)).collect();
    for name in &names {
        kept.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_stands_beside_and_only_once() {
        let mut kept = Credentials::default();
        kept.set("cookie", "old".into());
        kept.set("app", "same".into());
        let mut renewed = Credentials::default();
        renewed.set("cookie", "new".into());
        put_renewed(&mut kept, &renewed);
        put_renewed(&mut kept, &renewed);
        let told = |c: &Credentials, name: &str| c.get(name).map(|s| s.expose_secret().to_owned());
        assert_eq!(told(&kept, "cookie").as_deref(), Some("new"));
        let old = replaced(&kept).expect("something was replaced");
        assert_eq!(told(&old, "cookie").as_deref(), Some("old"), "not the new one");
        assert_eq!(old.iter().count(), 1);
        drop_replaced(&mut kept);
        assert!(replaced(&kept).is_none());
        assert_eq!(told(&kept, "app").as_deref(), Some("same"));
    }
}
