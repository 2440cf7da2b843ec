//! What the window sees of a sign-in under way.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::{AccountId, SignInWay};
use crate::platform::Platform;
use crate::problem::{Failure, InvalidReason, Problem};

/// A sign-in under way. One at a time: a new one ends the former.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SignInView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// Where.
    pub platform: Platform,
    /// The account that is signed in again; none for a new one.
    pub account: Option<AccountId>,
    /// How.
    pub way: SignInWay,
    /// How it stands.
    pub state: SignInState,
    /// What was wrong with the last pasted answer; the sign-in goes on.
    pub answer_problem: Option<Problem>,
}

/// How a sign-in stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum SignInState {
    /// The platform is being asked.
    Starting,
    /// A code to scan.
    Qr {
        /// It.
        code: QrCode,
        /// Until when, ms since 1970.
        #[ts(type = "number")]
        expires_at: i64,
        /// Scanned; to be confirmed on the phone.
        scanned: bool,
    },
    /// The code ran out; `renew_sign_in` makes a new one.
    Expired,
    /// A page to open in the browser (`open_sign_in_page`).
    Browser {
        /// The page's address, to copy into another browser. Holds no secret.
        url: String,
        /// The answer comes back by itself; otherwise it is pasted.
        returns: bool,
    },
    /// The credentials are being tried and kept.
    Finishing,
    /// Done.
    Done {
        /// The account.
        account: AccountId,
    },
    /// Over without success; `renew_sign_in` begins anew with the same fields.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// A sign-in to begin. Its secret fields go to the keyring and never come back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SignInRequest {
    /// Where.
    pub platform: Platform,
    /// How.
    pub way: SignInWay,
    /// The account to sign in again: fields left empty keep their values.
    pub account: Option<AccountId>,
    /// What the streamer calls it; empty means the platform's name for the person.
    pub name: String,
    /// The fields of that way, by name.
    pub fields: BTreeMap<String, String>,
}

/// A QR code, to be drawn black on white with a quiet zone of four modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct QrCode {
    /// Modules a side.
    pub size: u32,
    /// Rows of `0` and `1`, `1` is dark.
    pub rows: Vec<String>,
}

/// Longest text that is drawn as a QR code, in bytes.
const QR_CAP: usize = 2_000;

impl QrCode {
    /// Draws a text; an empty or over-long one is `Invalid { field: "url" }`.
    pub fn draw(text: &str) -> Result<Self, Failure> {
        let refuse = || Failure::invalid("url", InvalidReason::Malformed);
        if text.is_empty() || text.len() > QR_CAP {
            return Err(refuse());
        }
        let code = qrcode::QrCode::new(text.as_bytes()).map_err(|e| refuse().because(e))?;
        let size = code.width();
        let dark = code.to_colors();
        let row = |line: &[qrcode::Color]| {
            line.iter().map(|c| if *c == qrcode::Color::Dark { '1' } else { '0' }).collect()
        };
        Ok(Self { size: u32::try_from(size).unwrap_or_default(), rows: dark.chunks(size).map(row).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_finders() {
        let code = QrCode::draw("https://www.example/face?mid=1").unwrap();
        assert_eq!(code.rows.len(), code.size as usize);
        assert!(code.rows[0].starts_with("1111111"), "top left finder");
        assert!(code.rows[0].ends_with("1111111"), "top right finder");
        assert!(QrCode::draw(&"x".repeat(3000)).is_err());
    }
}
