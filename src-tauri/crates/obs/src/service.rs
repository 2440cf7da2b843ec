//! The streaming service, as OBS writes it and as the domain does.

use kaibo_live::encoder::EncoderService;
use kaibo_live::push::PushAddress;
use kaibo_live::secret::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::message::Malformed;

/// OBS's kind of a server and key of the streamer's own.
const CUSTOM: &str = "rtmp_custom";

/// Reads what `GetStreamServiceSettings` tells.
pub(crate) fn from_obs(reply: &Value) -> Result<EncoderService, Malformed> {
    let kind = reply["streamServiceType"].as_str().ok_or(Malformed)?;
    let settings =
        reply.get("streamServiceSettings").filter(|settings| settings.is_object()).ok_or(Malformed)?;
    // With a name and a password of its own it is more than a push address can hold.
    let plain = settings["use_auth"].as_bool() != Some(true);
    let text = |name: &str| match &settings[name] {
        Value::Null => Some(""),
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    if let (CUSTOM, true, Some(server), Some(key)) = (kind, plain, text("server"), text("key")) {
        return Ok(EncoderService::Custom(PushAddress {
            server: server.to_owned(),
            key: key.to_owned().into(),
        }));
    }
    let settings = SecretString::from(settings.to_string());
    Ok(EncoderService::Other { kind: kind.to_owned(), settings })
}

/// What `SetStreamServiceSettings` takes. OBS merges it into what is there when the kind stays the same, so
/// what must not stay is named.
pub(crate) fn to_obs(service: &EncoderService) -> Result<Value, Malformed> {
    let (kind, settings) = match service {
        EncoderService::Custom(push) => {
            let key = push.key.expose_secret();
            (CUSTOM, json!({ "server": push.server, "key": key, "use_auth": false }))
        }
        EncoderService::Other { kind, settings } => {
            let settings: Value = serde_json::from_str(settings.expose_secret()).map_err(|_| Malformed)?;
            (kind.as_str(), Some(settings).filter(Value::is_object).ok_or(Malformed)?)
        }
    };
    Ok(json!({ "streamServiceType": kind, "streamServiceSettings": settings }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_and_key_of_ones_own_go_there_and_back() {
        let push = PushAddress::from_parts("rtmp://h:1936/live/", "?streamname=live_1&key=a/b%2F=").unwrap();
        let told = to_obs(&EncoderService::Custom(push.clone())).unwrap();
        let EncoderService::Custom(back) = from_obs(&told).unwrap() else { panic!("still custom") };
        assert_eq!(back.server, push.server);
        assert_eq!(back.key.expose_secret(), push.key.expose_secret());
    }

    #[test]
    fn what_a_push_address_cannot_hold_stays_whole() {
        for (kind, settings) in [
            ("rtmp_common", json!({ "service": "Bilibili Live", "server": "auto", "key": "hidden" })),
            (
                "rtmp_custom",
                json!({ "server": "rtmp://h/a", "key": "hidden", "use_auth": true, "password": "p" }),
            ),
            ("whip_custom", json!({ "server": "https://h/whip", "bearer_token": "hidden" })),
        ] {
            let told = json!({ "streamServiceType": kind, "streamServiceSettings": settings });
            let service = from_obs(&told).unwrap();
            assert!(matches!(&service, EncoderService::Other { .. }), "{kind}");
            assert!(!format!("{service:?}").contains("hidden"));
            assert_eq!(to_obs(&service).unwrap(), told);
        }
    }

    #[test]
    fn a_fresh_obs_has_an_empty_one() {
        let told = json!({ "streamServiceType": "rtmp_custom", "streamServiceSettings": {} });
        let EncoderService::Custom(push) = from_obs(&told).unwrap() else { panic!("custom") };
        assert!(push.server.is_empty() && push.key.expose_secret().is_empty());
        assert!(from_obs(&json!({ "streamServiceType": "rtmp_custom" })).is_err());
        assert!(from_obs(&json!({ "streamServiceSettings": {} })).is_err());
    }
}
