//! Access tokens: several may work at once, each ends on its own.

use std::time::Duration;

use jiff::Timestamp;

use super::hex;
use super::wire::Refused;

/// Tokens remembered; beyond, the oldest is forgotten and becomes unknown. The account's own stays.
const TOKENS: usize = 256;
/// What a reviewed app's tokens live.
const LIFE: Duration = Duration::from_secs(30 * 86_400);

/// One access token.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    /// As it was asked for.
    pub(super) scope: Option<String>,
    pub(super) issued: Timestamp,
    /// From this moment on it is expired.
    pub(super) expires: Timestamp,
    revoked: bool,
}

impl Token {
    /// Whole seconds left; negative once expired.
    pub(super) fn seconds_left(&self, now: Timestamp) -> i64 {
        let left = self.expires.duration_since(now);
        // Rounded down, so that a token that has just expired says -1.
        left.as_secs() - i64::from(left.subsec_nanos() < 0)
    }

    fn works(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires
    }
}

/// All tokens that are remembered, oldest first.
pub(super) struct Tokens {
    all: Vec<Token>,
    /// The one that [`crate::Sandbox::accounts`] holds.
    own: String,
    /// Of tokens handed out from now on.
    pub(super) life: Duration,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { all: Vec::new(), own: String::new(), life: LIFE }
    }
}

impl Tokens {
    /// Hands out a token.
    pub(super) fn issue(&mut self, scope: Option<String>, now: Timestamp) -> Token {
        let expires = now.checked_add(self.life).unwrap_or(Timestamp::MAX);
        let text = format!("2.00Sandbox{}", hex(20));
        let token = Token { text, scope, issued: now, expires, revoked: false };
        if self.all.len() >= TOKENS
            && let Some(oldest) = self.all.iter().position(|token| token.text != self.own)
        {
            self.all.remove(oldest);
        }
        self.all.push(token.clone());
        token
    }

    /// The account's own token; a new one when there was none or it no longer works.
    pub(super) fn own(&mut self, now: Timestamp) -> String {
        if self.working(&self.own, now).is_err() {
            self.own = self.issue(None, now).text;
        }
        self.own.clone()
    }

    /// A token that works, or the error for using one that doesn't.
    pub(super) fn working(&self, text: &str, now: Timestamp) -> Result<&Token, Refused> {
        let token = self.known(text)?;
        if now >= token.expires { Err(Refused::oauth(21327)) } else { Ok(token) }
    }

    /// A token that works or has expired.
    pub(super) fn known(&self, text: &str) -> Result<&Token, Refused> {
        match self.all.iter().find(|token| token.text == text) {
            None => Err(Refused::oauth(21332)),
            // What was reported of real ones, though 21321 has another meaning in the table.
            Some(token) if token.revoked => Err(Refused::oauth(21321)),
            Some(token) => Ok(token),
        }
    }

    /// Takes a working token back.
    pub(super) fn revoke(&mut self, text: &str, now: Timestamp) -> Result<(), Refused> {
        self.working(text, now)?;
        for token in self.all.iter_mut().filter(|token| token.text == text) {
            token.revoked = true;
        }
        Ok(())
    }

    /// All tokens are expired at once.
    pub(super) fn expire_all(&mut self) {
        for token in &mut self.all {
            // Before its beginning: over by any clock, also one that has been put forward.
            token.expires = token.issued - Duration::from_secs(1);
        }
    }

    /// How many work.
    pub(super) fn count(&self, now: Timestamp) -> usize {
        self.all.iter().filter(|token| token.works(now)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_bounded_and_the_accounts_own_stays() {
        let now = Timestamp::UNIX_EPOCH;
        let mut tokens = Tokens::default();
        let own = tokens.own(now);
        let first = tokens.issue(None, now).text;
        for _ in 0..TOKENS {
            tokens.issue(None, now);
        }
        assert_eq!((tokens.all.len(), tokens.own(now)), (TOKENS, own));
        assert_eq!(tokens.working(&first, now).err().map(|refused| refused.code), Some(21332));
    }

    #[test]
    fn a_token_works_to_its_last_second() {
        let mut tokens = Tokens { life: Duration::from_mins(1), ..Tokens::default() };
        let token = tokens.issue(None, Timestamp::UNIX_EPOCH);
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        assert!(tokens.working(&token.text, at(59_999)).is_ok());
        assert_eq!(tokens.working(&token.text, at(60_000)).err().map(|refused| refused.code), Some(21327));
        assert_eq!((token.seconds_left(at(59_000)), token.seconds_left(at(60_001))), (1, -1));
    }
}
