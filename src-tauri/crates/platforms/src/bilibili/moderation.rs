//! Moderating: the domain's trait over the calls.

use async_trait::async_trait;
use kaibo_live::driver::{Moderate, Outcome};
use kaibo_live::moderation::{BlockedWords, ModeratorPage, MuteFor, MutedPage, Silence};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::RemoteId;

use super::connection::BilibiliConnection;

/// The longest number of a person, digits.
const DIGITS: usize = 20;

impl BilibiliConnection {
    /// A person's number, which isn't the account's own.
    fn person<'a>(&self, person: &'a str) -> Outcome<&'a str> {
        let refuse = |reason| Err(Failure::invalid("person", reason).at(Platform::Bilibili));
        // Masked names come with 0.
        let number = (1..=DIGITS).contains(&person.len()) && person.bytes().all(|b| b.is_ascii_digit());
        if !number || person.bytes().all(|b| b == b'0') {
            return refuse(InvalidReason::Malformed);
        }
        if person == self.api.session.uid.to_string() {
            return refuse(InvalidReason::Refused);
        }
        Ok(person)
    }

    /// Moderators are the account's, whatever room is meant: another's room has others.
    async fn must_be_own(&self, room: &RemoteId) -> Outcome<()> {
        if self.own_room().await?.as_ref() == Some(&room.0) {
            return Ok(());
        }
        Err(Failure::new(ProblemCode::NotAllowed).at(Platform::Bilibili))
    }
}

#[async_trait]
impl Moderate for BilibiliConnection {
    async fn mute(&self, room: &RemoteId, person: &str, how_long: MuteFor, line: &str) -> Outcome<()> {
        self.api.add_silent_user(&room.0, self.person(person)?, how_long, line).await
    }

    async fn unmute(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        self.api.del_silent_user(&room.0, self.person(person)?).await
    }

    async fn muted(&self, room: &RemoteId, page: u32) -> Outcome<MutedPage> {
        self.api.silent_users(&room.0, page).await
    }

    async fn blocked_words(&self, room: &RemoteId) -> Outcome<BlockedWords> {
        self.api.shield_keywords(&room.0).await
    }

    async fn block_word(&self, room: &RemoteId, word: &str) -> Outcome<()> {
        self.api.add_shield_keyword(&room.0, word).await
    }

    async fn unblock_word(&self, room: &RemoteId, word: &str) -> Outcome<()> {
        self.api.del_shield_keyword(&room.0, word).await
    }

    async fn silence(&self, room: &RemoteId) -> Outcome<Silence> {
        self.api.room_silent(&room.0).await
    }

    async fn set_silence(&self, room: &RemoteId, silence: Silence) -> Outcome<()> {
        self.api.set_room_silent(&room.0, silence).await
    }

    async fn moderators(&self, room: &RemoteId, page: u32) -> Outcome<ModeratorPage> {
        self.must_be_own(room).await?;
        self.api.room_admins(page).await
    }

    async fn appoint(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        let person = self.person(person)?;
        self.must_be_own(room).await?;
        self.api.appoint_admin(person).await
    }

    async fn dismiss(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        let person = self.person(person)?;
        self.must_be_own(room).await?;
        self.api.dismiss_admin(person).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::chat::Danmaku;
    use crate::bilibili::fake::Fake;
    use crate::bilibili::speech::Speech;

    const OK: &str = r#"{"code":0,"message":"0","data":{}}"#;

    /// The account 42, whose room is 1234.
    async fn account() -> (wiremock::MockServer, BilibiliConnection) {
        let fake = Fake::start().await;
        fake.at("/room/v2/Room/room_id_by_uid", r#"{"code":0,"data":{"room_id":1234}}"#).await;
        fake.at("/xlive/web-ucenter/v1/roomAdmin/appoint", OK).await;
        let Fake { server, api } = fake;
        let connection = BilibiliConnection {
            api,
            room_id: None,
            refresh_token: None,
            danmaku: Danmaku::default(),
            speech: Speech::default(),
            ingest: None,
        };
        (server, connection)
    }

    async fn posted(server: &wiremock::MockServer) -> usize {
        let requests = server.received_requests().await.expect("recording is on");
        requests.iter().filter(|request| request.method.as_str() == "POST").count()
    }

    #[tokio::test]
    async fn oneself_and_people_without_a_number_are_refused_before_anything_is_sent() {
        let (server, account) = account().await;
        let room = RemoteId("1234".into());
        for (person, reason) in [
            ("42", InvalidReason::Refused),
            ("", InvalidReason::Malformed),
            ("0", InvalidReason::Malformed),
            ("7x", InvalidReason::Malformed),
            ("７", InvalidReason::Malformed),
            (&"7".repeat(21), InvalidReason::Malformed),
        ] {
            let code = ProblemCode::Invalid { field: "person".into(), reason };
            let muted = account.mute(&room, person, MuteFor::ForEver, "").await;
            assert_eq!(muted.expect_err("refused").code, code, "{person}");
            assert_eq!(account.unmute(&room, person).await.expect_err("refused").code, code);
            assert_eq!(account.appoint(&room, person).await.expect_err("refused").code, code);
            assert_eq!(account.dismiss(&room, person).await.expect_err("refused").code, code);
        }
        assert_eq!(posted(&server).await, 0);
    }

    #[tokio::test]
    async fn moderators_are_those_of_the_own_room_alone() {
        let (server, account) = account().await;
        let other = RemoteId("99".into());
        assert_eq!(account.moderators(&other, 1).await.expect_err("not own").code, ProblemCode::NotAllowed);
        assert_eq!(account.appoint(&other, "7").await.expect_err("not own").code, ProblemCode::NotAllowed);
        assert_eq!(account.dismiss(&other, "7").await.expect_err("not own").code, ProblemCode::NotAllowed);
        assert_eq!(posted(&server).await, 0);
        account.appoint(&RemoteId("1234".into()), "7").await.expect("own");
        assert_eq!(posted(&server).await, 1);
    }
}
