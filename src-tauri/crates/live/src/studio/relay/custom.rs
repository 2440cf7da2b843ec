//! Addresses of the streamer's own: checked, kept without their keys in the preferences, and with them in the keyring.

use secrecy::{ExposeSecret, SecretString};

use super::super::Studio;
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::push::{PushAddress, PushAddressError};
use crate::relay::{CUSTOM_CAP, CustomTarget, CustomTargetForm, KEY_CAP, NAME_CAP, RelayTarget, SERVER_CAP};

/// A form that was checked.
struct Checked {
    name: String,
    server: String,
    /// None: the one that is kept.
    key: Option<SecretString>,
}

impl Studio {
    /// Makes or changes an address of the streamer's own; answers its id. A relay that feeds it goes on at the new
    /// address. Keeping the settings is the shell's.
    pub async fn set_relay_target(&self, form: &CustomTargetForm) -> Result<String, Failure> {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        let id = self.id_for(form)?;
        let on = form.on;
        let fresh = form.id.is_none();
        let Checked { name, server, key } = check(form)?;
        match key {
            Some(key) => self.keep_custom_key(&id, Some(key)).await?,
            None if fresh => return Err(Failure::invalid("key", InvalidReason::Empty)),
            None if self.custom_key(&id).await?.is_none() => {
                return Err(Failure::invalid("key", InvalidReason::Empty));
            }
            None => {}
        }
        let target = CustomTarget { id: id.clone(), name, server, on };
        self.change_relay_settings(|relay| match relay.custom.iter_mut().find(|c| c.id == id) {
            Some(known) => *known = target,
            None => relay.custom.push(target),
        });
        let target = RelayTarget::Custom { id: id.clone() };
        let fed = self.0.relay.running().as_ref().is_some_and(|r| r.feeds(&target));
        if fed {
            let push = self.target_address(&target).await?;
            self.feed(target, push);
        }
        Ok(id)
    }

    /// Forgets an address of the streamer's own and its key; a relay that feeds it stops doing so.
    pub async fn forget_relay_target(&self, id: &str) -> Result<(), Failure> {
        let target = RelayTarget::Custom { id: id.to_owned() };
        let fed = self.0.relay.running().as_ref().is_some_and(|r| r.feeds(&target));
        if fed {
            self.remove_from_relay(&target).await?;
        }
        let _one_at_a_time = self.0.relay.gate.lock().await;
        self.change_relay_settings(|relay| relay.custom.retain(|c| c.id != id));
        self.keep_custom_key(id, None).await
    }

    fn id_for(&self, form: &CustomTargetForm) -> Result<String, Failure> {
        let picture = self.0.lock();
        let custom = &picture.preferences.relay.custom;
        match &form.id {
            Some(id) if custom.iter().any(|c| &c.id == id) => Ok(id.clone()),
            Some(_) => Err(Failure::new(ProblemCode::NotFound)),
            None if custom.len() >= CUSTOM_CAP => {
                let limit = u32::try_from(CUSTOM_CAP).unwrap_or(u32::MAX);
                Err(Failure::invalid("server", InvalidReason::TooMany { limit }))
            }
            None => Ok(self.0.clock.fresh_id()),
        }
    }
}

/// Nothing of the server may be a secret: it is shown, and kept with the preferences.
fn check(form: &CustomTargetForm) -> Result<Checked, Failure> {
    let name = form.name.trim().to_owned();
    bounded("name", &name, name.chars().count(), NAME_CAP)?;
    let typed = form.server.trim();
    bounded("server", typed, typed.len(), SERVER_CAP + KEY_CAP)?;
    let malformed = |field: &str| Failure::invalid(field, InvalidReason::Malformed);
    let key = form.key.as_deref().map(str::trim);
    let (server, key) = match key {
        Some(key) if !key.is_empty() => (typed.to_owned(), Some(SecretString::from(key))),
        None if form.id.is_some() && !typed.contains('?') => (typed.to_owned(), None),
        _ => {
            let push = PushAddress::split(typed).map_err(|error| match error {
                PushAddressError::NoKey => Failure::invalid("key", InvalidReason::Empty),
                _ => malformed("server"),
            })?;
            (push.server, Some(push.key))
        }
    };
    let server = with_plain_scheme(&server).ok_or_else(|| malformed("server"))?;
    bounded("server", &server, server.len(), SERVER_CAP)?;
    let push = PushAddress { server, key: SecretString::default() };
    let bad = |c: char| c.is_whitespace() || c.is_control() || "?#@\\".contains(c);
    if push.tcp_host().is_none() || push.app().is_empty() || push.server.contains(bad) {
        return Err(malformed("server"));
    }
    if let Some(key) = &key {
        let key = key.expose_secret();
        bounded("key", key, key.len(), KEY_CAP)?;
        if key.contains(char::is_control) {
            return Err(malformed("key"));
        }
    }
    Ok(Checked { name, server: push.server, key })
}

/// The server with its scheme in small letters; none for what isn't RTMP.
fn with_plain_scheme(server: &str) -> Option<String> {
    let (scheme, rest) = server.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    matches!(scheme.as_str(), "rtmp" | "rtmps").then(|| format!("{scheme}://{rest}"))
}

fn bounded(field: &str, text: &str, used: usize, cap: usize) -> Result<(), Failure> {
    if text.is_empty() {
        return Err(Failure::invalid(field, InvalidReason::Empty));
    }
    if used > cap {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        return Err(Failure::invalid(field, InvalidReason::TooLong { used: count(used), limit: count(cap) }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(id: Option<&str>, server: &str, key: Option<&str>) -> CustomTargetForm {
        CustomTargetForm {
            id: id.map(str::to_owned),
            name: " 自己的服务器 ".into(),
            server: server.into(),
            key: key.map(str::to_owned),
            on: true,
        }
    }

    fn checked(
        id: Option<&str>,
        server: &str,
        key: Option<&str>,
    ) -> Result<(String, Option<String>), String> {
        match check(&form(id, server, key)) {
            Ok(checked) => Ok((checked.server, checked.key.map(|key| key.expose_secret().to_owned()))),
            Err(failure) => match failure.code {
                ProblemCode::Invalid { field, .. } => Err(field),
                other => panic!("{other:?}"),
            },
        }
    }

    #[test]
    fn a_key_never_stays_in_the_server() {
        let of = |server: &str, key: Option<&str>| Ok((server.to_owned(), key.map(str::to_owned)));
        let plain = "rtmp://own.example/live";
        assert_eq!(checked(None, plain, Some("k?x=1")), of(plain, Some("k?x=1")));
        for whole in [None, Some(""), Some(" ")] {
            assert_eq!(checked(None, "RTMP://own.example/live/k?x=1", whole), of(plain, Some("k?x=1")));
        }
        assert_eq!(checked(Some("c"), plain, None), of(plain, None), "the one that is kept");
        assert_eq!(checked(Some("c"), &format!("{plain}/k?x=1"), None), of(plain, Some("k?x=1")));
        for (server, key) in [
            ("srt://own.example:9000", Some("k")),
            ("srt://own.example:9000?streamid=k", None),
            ("https://own.example/live", Some("k")),
            ("rtmp://own.example", Some("k")),
            ("rtmp:///live", Some("k")),
            ("rtmp://me:secret@own.example/live", Some("k")),
            ("rtmp://own.example/live?token=secret", Some("k")),
            ("rtmp://own .example/live", Some("k")),
        ] {
            assert_eq!(checked(None, server, key), Err("server".into()), "{server}");
        }
        assert_eq!(checked(None, plain, None), Err("key".into()), "there is none in it");
        assert_eq!(checked(None, plain, Some(&"k".repeat(KEY_CAP + 1))), Err("key".into()));
        let nameless = CustomTargetForm { name: "  ".into(), ..form(None, plain, Some("k")) };
        assert!(check(&nameless).is_err());
    }
}
