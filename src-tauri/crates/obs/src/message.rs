//! Messages of obs-websocket 5, both ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kaibo_live::secret::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The version of the protocol's messages that is spoken here.
pub(crate) const RPC_VERSION: u32 = 1;

/// The close code of a wrong or missing password.
pub(crate) const AUTHENTICATION_FAILED: u16 = 4009;

/// Codes of a request's status.
pub(crate) mod status {
    /// The output runs already.
    pub(crate) const OUTPUT_RUNNING: u64 = 500;
    /// The output doesn't run.
    pub(crate) const OUTPUT_NOT_RUNNING: u64 = 501;
}

/// The groups of events that are listened to: General (1), for OBS's end; Config (2), for another profile; and
/// Outputs (64), for the stream.
const EVENTS: u32 = 1 | 2 | 64;

/// The events after which a reading or the service may be another.
const CHANGES: [&str; 3] = ["StreamStateChanged", "CurrentProfileChanged", "ExitStarted"];

/// What OBS sends.
pub(crate) enum Incoming {
    /// The first message, with what a password is proven by; none where OBS wants no password.
    Hello(Option<Challenge>),
    /// The password was right.
    Identified,
    /// Something changed that a reading or the service would tell.
    Changed,
    /// The answer to a request.
    Answer(Answer),
    /// Anything that Kaibo has no use for.
    Other,
}

/// What the password's proof is made from.
#[derive(Deserialize)]
pub(crate) struct Challenge {
    challenge: String,
    salt: String,
}

/// The answer to a request.
pub(crate) struct Answer {
    /// The request's number.
    pub(crate) id: u64,
    /// What came back.
    pub(crate) result: Result<Reply, Refusal>,
}

/// A reply's data: a JSON object, as it came. It may hold a key.
pub(crate) struct Reply(pub(crate) Box<RawValue>);

/// OBS said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Its code.
    pub(crate) code: u64,
    /// Its words.
    pub(crate) words: String,
}

/// What came makes no sense. Holds nothing of it: there may be a key in it.
#[derive(Debug, thiserror::Error)]
#[error("not a message of obs-websocket")]
pub(crate) struct Malformed;

#[derive(Deserialize)]
struct Envelope<'a> {
    op: u8,
    #[serde(borrow)]
    d: &'a RawValue,
}

#[derive(Deserialize)]
struct Hello {
    authentication: Option<Challenge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    request_id: String,
    request_status: Status,
    #[serde(rename = "responseData")]
    data: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Status {
    result: bool,
    code: u64,
    comment: Option<String>,
}

impl Incoming {
    /// Reads one text frame.
    pub(crate) fn read(text: &str) -> Result<Self, Malformed> {
        let Envelope { op, d } = serde_json::from_str(text).map_err(|_| Malformed)?;
        Ok(match op {
            0 => Self::Hello(part::<Hello>(d)?.authentication),
            2 => Self::Identified,
            5 if CHANGES.contains(&part::<Event>(d)?.event_type.as_str()) => Self::Changed,
            7 => Self::Answer(answer(part(d)?)?),
            _ => Self::Other,
        })
    }
}

fn part<'a, T: Deserialize<'a>>(d: &'a RawValue) -> Result<T, Malformed> {
    serde_json::from_str(d.get()).map_err(|_| Malformed)
}

fn answer(response: Response) -> Result<Answer, Malformed> {
    let id = response.request_id.parse().map_err(|_| Malformed)?;
    let Status { result, code, comment } = response.request_status;
    let result = if result {
        let empty = || serde_json::from_str("{}").map_err(|_| Malformed);
        Ok(Reply(response.data.map_or_else(empty, Ok)?))
    } else {
        Err(Refusal { code, words: comment.unwrap_or_default() })
    };
    Ok(Answer { id, result })
}

impl Reply {
    /// Parses it.
    pub(crate) fn value(&self) -> Result<Value, Malformed> {
        serde_json::from_str(self.0.get()).map_err(|_| Malformed)
    }
}

impl Challenge {
    /// Proves that the password is known, without sending it: SHA-256 of password and salt in base 64, then of
    /// that and the challenge.
    pub(crate) fn proof(&self, password: &SecretString) -> String {
        let digest =
            |a: &str, b: &str| STANDARD.encode(Sha256::new().chain_update(a).chain_update(b).finalize());
        digest(&digest(password.expose_secret(), &self.salt), &self.challenge)
    }
}

/// The message that signs in.
pub(crate) fn identify(proof: Option<String>) -> String {
    let mut d = json!({ "rpcVersion": RPC_VERSION, "eventSubscriptions": EVENTS });
    if let Some(proof) = proof {
        d["authentication"] = proof.into();
    }
    json!({ "op": 1, "d": d }).to_string()
}

/// A request. Its text may hold a key.
pub(crate) fn request(id: u64, kind: &str, data: Option<&Value>) -> String {
    let mut d = json!({ "requestType": kind, "requestId": id.to_string() });
    if let Some(data) = data {
        d["requestData"] = data.clone();
    }
    json!({ "op": 6, "d": d }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_two_hashes() {
        // Reckoned with coreutils: printf pwsalt | sha256sum, and so on.
        let challenge = Challenge { challenge: "chal".into(), salt: "salt".into() };
        assert_eq!(challenge.proof(&"pw".to_owned().into()), PROOF);
    }
    const PROOF: &str = "Q0/N7u40IGqt4Ynf9v3w9R2yCDZxba9npsZLdIyWi8M=";

    #[test]
    fn what_is_no_message_is_refused_and_not_quoted() {
        for text in [
            "",
            "null",
            "[]",
            "{\"op\":7}",
            "{\"op\":-1,\"d\":{}}",
            "{\"op\":7,\"d\":{\"requestId\":\"hidden\",\"requestStatus\":{\"result\":true,\"code\":100}}}",
            "{\"op\":0,\"d\":[]}",
            "{\"op\":5,\"d\":{}}",
        ] {
            let refused = Incoming::read(text).err().unwrap_or_else(|| panic!("{text} was taken"));
            assert!(!format!("{refused} {refused:?}").contains("hidden"));
        }
        let deep = format!("{{\"op\":7,\"d\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Incoming::read(&deep).is_err(), "nesting has an end");
    }

    #[test]
    fn events_that_change_nothing_for_kaibo_are_left_alone() {
        let event = |kind: &str| {
            let text = json!({ "op": 5, "d": { "eventType": kind, "eventIntent": 64, "eventData": {} } });
            matches!(Incoming::read(&text.to_string()), Ok(Incoming::Changed))
        };
        assert!(event("StreamStateChanged") && event("CurrentProfileChanged"));
        assert!(!event("RecordStateChanged"));
    }
}
