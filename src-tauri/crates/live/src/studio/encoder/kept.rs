//! What the keyring holds of the encoder, in one entry under [`entry`].

use secrecy::{ExposeSecret, SecretString};

use super::super::Studio;
use crate::account::AccountId;
use crate::encoder::EncoderService;
use crate::problem::Failure;
use crate::push::PushAddress;
use crate::room::RoomId;
use crate::secret::Credentials;

/// The entry's name. Ids of accounts are longer.
fn entry() -> AccountId {
    AccountId("encoder".into())
}

const PASSWORD: &str = "password";
/// The kind of the former settings; [`CUSTOM`] when they were a server and a key.
const FORMER_KIND: &str = "former.kind";
const FORMER_SERVER: &str = "former.server";
const FORMER_KEY: &str = "former.key";
const FORMER_SETTINGS: &str = "former.settings";
const SENT_SERVER: &str = "sent.server";
const SENT_KEY: &str = "sent.key";
/// Whose address that was.
const SENT_ROOM: &str = "sent.room";
const CUSTOM: &str = "custom";

/// What is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) password: Option<SecretString>,
    /// The settings that the encoder had before Kaibo's.
    pub(super) former: Option<EncoderService>,
    /// What Kaibo put into it last, so that it isn't taken for the streamer's own after a restart.
    pub(super) sent: Option<PushAddress>,
    /// Whose address that was.
    pub(super) sent_room: Option<RoomId>,
    /// The keyring was closed: the password is in memory alone, and the rest wasn't seen.
    pub(super) partial: bool,
}

impl Kept {
    fn of(entry: &Credentials) -> Self {
        let text = |name: &str| entry.get(name).map(|s| s.expose_secret().to_owned());
        let secret = |name: &str| entry.get(name).cloned().unwrap_or_default();
        let former = text(FORMER_KIND).map(|kind| {
            if kind == CUSTOM {
                let server = text(FORMER_SERVER).unwrap_or_default();
                EncoderService::Custom(PushAddress { server, key: secret(FORMER_KEY) })
            } else {
                EncoderService::Other { kind, settings: secret(FORMER_SETTINGS) }
            }
        });
        let sent = text(SENT_SERVER).map(|server| PushAddress { server, key: secret(SENT_KEY) });
        let sent_room = text(SENT_ROOM).map(RoomId);
        Self { password: entry.get(PASSWORD).cloned(), former, sent, sent_room, partial: false }
    }

    fn entry(&self) -> Credentials {
        let mut entry = Credentials::default();
        if let Some(password) = &self.password {
            entry.set(PASSWORD, password.clone());
        }
        match &self.former {
            Some(EncoderService::Custom(push)) => {
                entry.set(FORMER_KIND, CUSTOM.into());
                entry.set(FORMER_SERVER, push.server.clone().into());
                entry.set(FORMER_KEY, push.key.clone());
            }
            Some(EncoderService::Other { kind, settings }) => {
                entry.set(FORMER_KIND, kind.clone().into());
                entry.set(FORMER_SETTINGS, settings.clone());
            }
            None => {}
        }
        if let Some(sent) = &self.sent {
            entry.set(SENT_SERVER, sent.server.clone().into());
            entry.set(SENT_KEY, sent.key.clone());
        }
        if let Some(room) = &self.sent_room {
            entry.set(SENT_ROOM, room.0.clone().into());
        }
        entry
    }
}

impl Studio {
    /// What is kept, from memory once it was read.
    pub(super) async fn kept(&self) -> Result<Kept, Failure> {
        let known = self.0.encoder.current().kept.clone();
        match known {
            Some(kept) if !kept.partial => return Ok(kept),
            Some(partial) => {
                let Ok(read) = self.read_kept().await else { return Ok(partial) };
                let whole = Kept { password: partial.password, ..read };
                self.keep(whole.clone()).await?;
                return Ok(whole);
            }
            None => {}
        }
        let kept = self.read_kept().await?;
        self.remember_kept(kept.clone());
        Ok(kept)
    }

    async fn read_kept(&self) -> Result<Kept, Failure> {
        Ok(Kept::of(&self.0.read_own(&entry()).await?))
    }

    /// Keeps other secrets than before. What is in memory changes only when the keyring took it.
    pub(super) async fn keep(&self, kept: Kept) -> Result<(), Failure> {
        self.0.write_own(&entry(), &kept.entry()).await?;
        self.remember_kept(kept);
        Ok(())
    }

    /// Keeps a password. It is in memory in any case.
    pub(super) async fn keep_password(&self, password: Option<SecretString>) -> Result<(), Failure> {
        let failure = match self.read_kept().await {
            Ok(read) => {
                let kept = Kept { password: password.clone(), ..read };
                let written = self.keep(kept.clone()).await;
                if written.is_err() {
                    self.remember_kept(Kept { partial: true, ..kept });
                }
                return written;
            }
            // Writing would lose the former settings, which weren't seen.
            Err(failure) => failure,
        };
        self.remember_kept(Kept { password, partial: true, ..Kept::default() });
        Err(failure)
    }

    pub(super) async fn forget_kept(&self) -> Result<(), Failure> {
        self.0.remove_own(&entry()).await
    }

    fn remember_kept(&self, kept: Kept) {
        self.0.change(|p| {
            p.encoder_facts.sent.clone_from(&kept.sent);
            p.encoder_facts.sent_room.clone_from(&kept.sent_room);
            p.settle_encoder_room();
            p.change_encoder(|view| view.former = kept.former.is_some());
        });
        self.0.encoder.current().kept = Some(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_again_and_shown_to_nobody() {
        let sent = PushAddress { server: "rtmp://h/a".into(), key: "hidden-sent".into() };
        let custom = EncoderService::Custom(PushAddress { server: String::new(), key: "hidden-old".into() });
        let other = EncoderService::Other { kind: "rtmp_common".into(), settings: "hidden-{}".into() };
        for former in [custom, other] {
            let kept = Kept {
                password: Some("hidden-password".into()),
                former: Some(former),
                sent: Some(sent.clone()),
                sent_room: Some(RoomId("r".into())),
                partial: false,
            };
            let again = Kept::of(&kept.entry());
            assert!(!format!("{again:?}").contains("hidden"), "{again:?}");
            assert_eq!(again.sent_room, kept.sent_room);
            assert_eq!(again.sent.map(|s| s.key.expose_secret().to_owned()).as_deref(), Some("hidden-sent"));
            match (again.former, kept.former) {
                (Some(EncoderService::Custom(a)), Some(EncoderService::Custom(b))) => {
                    assert_eq!(a.key.expose_secret(), b.key.expose_secret());
                }
                (
                    Some(EncoderService::Other { kind: a, settings: x }),
                    Some(EncoderService::Other { kind: b, settings: y }),
                ) => assert_eq!((a, x.expose_secret()), (b, y.expose_secret())),
                (a, b) => panic!("{a:?} isn't {b:?}"),
            }
        }
        assert!(Kept::of(&Kept::default().entry()).former.is_none());
    }
}
