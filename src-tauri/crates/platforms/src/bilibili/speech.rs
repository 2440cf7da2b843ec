//! Saying something: a second apart, and as long as the platform allows the account.

use std::time::Duration;

use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use super::api::Api;
use crate::http::extra;

/// Lines may follow each other after this long.
const PAUSE: Duration = Duration::from_secs(1);
/// Lines under way: one is sent, one waits; a third is refused.
const LANE: usize = 2;
/// The longest that a line waits.
const WAIT: Duration = Duration::from_secs(3);
/// What every account may write, characters.
const LENGTH: u32 = 20;

/// What one account says.
#[derive(Debug)]
pub(super) struct Speech {
    lane: Semaphore,
    /// When the last line was answered.
    last: Mutex<Option<Instant>>,
    /// The room and how long a line may be in it.
    length: Mutex<Option<(String, u32)>>,
}

impl Default for Speech {
    fn default() -> Self {
        Self { lane: Semaphore::new(LANE), last: Mutex::default(), length: Mutex::default() }
    }
}

impl Speech {
    /// Says a line. `Ok` means that viewers see it.
    pub(super) async fn say(&self, api: &Api, room: &str, text: &str) -> Outcome<()> {
        let used = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if used > LENGTH {
            let limit = self.length(api, room).await;
            if used > limit {
                let reason = InvalidReason::TooLong { used, limit };
                return Err(Failure::invalid("chat", reason).at(Platform::Bilibili));
            }
        }
        let hasty = || Failure::new(ProblemCode::RateLimited).at(Platform::Bilibili).after(PAUSE);
        let _place = self.lane.try_acquire().map_err(|_| hasty())?;
        let begun = Instant::now();
        let mut last = timeout(WAIT, self.last.lock()).await.map_err(|_| hasty())?;
        if let Some(due) = last.map(|last| last + PAUSE) {
            if due > begun + WAIT {
                return Err(hasty());
            }
            sleep_until(due).await;
        }
        let said = api.send_message(room, text).await;
        *last = Some(Instant::now());
        said
    }

    /// How long a line may be; what every account may write when the platform doesn't tell.
    async fn length(&self, api: &Api, room: &str) -> u32 {
        let mut known = self.length.lock().await;
        if let Some((of, length)) = known.as_ref()
            && of == room
        {
            return *length;
        }
        let Some(length) = extra("the length of a line", api.line_length(room)).await.flatten() else {
            return LENGTH;
        };
        known.insert((room.to_owned(), length)).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    const SHOWN: &str = r#"{"code":0,"data":{},"message":"","msg":""}"#;

    async fn sent(fake: &Fake, part: &str) -> usize {
        fake.sent().await.iter().filter(|sent| sent.target.contains(part)).count()
    }

    #[tokio::test]
    async fn lines_are_a_second_apart_one_waits_and_the_third_is_refused() {
        let fake = Fake::start().await;
        fake.answers(SHOWN).await;
        let speech = Speech::default();
        speech.say(&fake.api, "1234", "一").await.expect("said");
        let begun = Instant::now();
        let (second, third, fourth) = tokio::join!(
            speech.say(&fake.api, "1234", "二"),
            speech.say(&fake.api, "1234", "三"),
            speech.say(&fake.api, "1234", "四"),
        );
        second.expect("waited a second");
        third.expect("waited two");
        assert!(begun.elapsed() >= Duration::from_millis(1900), "{:?}", begun.elapsed());
        let refused = fourth.expect_err("no place");
        assert_eq!((refused.code, refused.retry_after), (ProblemCode::RateLimited, Some(PAUSE)));
        assert_eq!(sent(&fake, "/msg/send").await, 3);
    }

    #[tokio::test]
    async fn the_length_is_asked_once_and_only_for_long_lines() {
        let fake = Fake::start().await;
        fake.at("/msg/send", SHOWN).await;
        let told = r#"{"code":0,"data":{"property":{"danmu":{"length":30}}}}"#;
        fake.at("/xlive/web-room/v1/index/getInfoByUser", told).await;
        let speech = Speech::default();
        speech.say(&fake.api, "1234", &"字".repeat(20)).await.expect("said");
        assert_eq!(sent(&fake, "getInfoByUser").await, 0);
        speech.say(&fake.api, "1234", &"字".repeat(30)).await.expect("said");
        let long = speech.say(&fake.api, "1234", &"字".repeat(31)).await.expect_err("too long");
        let reason = InvalidReason::TooLong { used: 31, limit: 30 };
        assert_eq!(long.code, ProblemCode::Invalid { field: "chat".into(), reason });
        assert_eq!((sent(&fake, "getInfoByUser").await, sent(&fake, "/msg/send").await), (1, 2));
    }

    #[tokio::test]
    async fn without_an_answer_a_line_may_have_twenty() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":-352,"message":"-352"}"#).await;
        let long = Speech::default().say(&fake.api, "1234", &"字".repeat(21)).await.expect_err("too long");
        let reason = InvalidReason::TooLong { used: 21, limit: 20 };
        assert_eq!(long.code, ProblemCode::Invalid { field: "chat".into(), reason });
        assert_eq!(sent(&fake, "/msg/send").await, 0);
    }
}
