//! Push addresses: what goes into OBS.

use secrecy::{ExposeSecret, SecretString};

/// Where OBS pushes: server and stream key. The key is a secret, so this has no `Serialize` and no
/// `Display`, and its `Debug` shows the server alone.
#[derive(Debug, Clone)]
pub struct PushAddress {
    /// OBS's *Server*.
    pub server: String,
    /// OBS's *Stream Key*, byte for byte as the platform gave it.
    pub key: SecretString,
}

/// Why an address can't be used in OBS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushAddressError {
    /// The platform gave none.
    #[error("the platform gave no push address")]
    Missing,
    /// Not rtmp, rtmps or srt.
    #[error("the push address is neither rtmp, rtmps nor srt")]
    Scheme,
    /// There is no stream name to make a key of.
    #[error("the push address has no stream key")]
    NoKey,
}

impl PushAddress {
    /// Splits a whole address as OBS's librtmp will join it: the query is cut off first, the last `/`
    /// of what is left parts server and key, and the query goes with the key, untouched.
    /// `srt://` goes whole into the server, with an empty key.
    pub fn split(address: &str) -> Result<Self, PushAddressError> {
        let address = address.trim();
        if address.is_empty() {
            return Err(PushAddressError::Missing);
        }
        let (scheme, rest) = address.split_once("://").ok_or(PushAddressError::Scheme)?;
        match scheme.to_ascii_lowercase().as_str() {
            "srt" => return Ok(Self { server: address.to_owned(), key: String::new().into() }),
            "rtmp" | "rtmps" => {}
            _ => return Err(PushAddressError::Scheme),
        }
        let path_end = rest.find('?').unwrap_or(rest.len());
        let (path, query) = rest.split_at(path_end);
        let host_end = path.find('/').ok_or(PushAddressError::NoKey)?;
        let slash = path.rfind('/').filter(|at| *at > host_end).ok_or(PushAddressError::NoKey)?;
        let name = &path[slash + 1..];
        if name.is_empty() {
            return Err(PushAddressError::NoKey);
        }
        Ok(Self { server: format!("{scheme}://{}", &path[..slash]), key: format!("{name}{query}").into() })
    }

    /// Takes server and key as a platform hands them out apart (Bilibili's `addr` and `code`).
    pub fn from_parts(server: &str, key: &str) -> Result<Self, PushAddressError> {
        let (server, key) = (server.trim(), key.trim());
        if server.is_empty() {
            return Err(PushAddressError::Missing);
        }
        if !["rtmp://", "rtmps://", "srt://"].iter().any(|s| server.starts_with(s)) {
            return Err(PushAddressError::Scheme);
        }
        if key.is_empty() && !server.starts_with("srt://") {
            return Err(PushAddressError::NoKey);
        }
        Ok(Self { server: server.to_owned(), key: key.to_owned().into() })
    }

    /// The address in one string. No slash is doubled, none is put before a query.
    pub fn whole(&self) -> SecretString {
        let key = self.key.expose_secret();
        let joint =
            if key.is_empty() || self.server.ends_with('/') || key.starts_with('?') { "" } else { "/" };
        format!("{}{joint}{key}", self.server).into()
    }

    /// The RTMP app: the path of the server, without slashes at its ends.
    pub fn app(&self) -> &str {
        let rest = self.server.split_once("://").map_or("", |(_, rest)| rest);
        rest.split_once('/').map_or("", |(_, app)| app.trim_end_matches('/'))
    }

    /// The stream's public name: the key before its query, or its `streamname` parameter when there
    /// is nothing before it (Bilibili). Not a secret; ingests list streams by it.
    pub fn stream_name(&self) -> String {
        let key = self.key.expose_secret();
        let (name, query) = key.split_once('?').unwrap_or((key, ""));
        if !name.is_empty() {
            return name.to_owned();
        }
        query.split('&').find_map(|pair| pair.strip_prefix("streamname=")).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(address: &str) -> (String, String) {
        let push = PushAddress::split(address).expect("a good address");
        (push.server.clone(), push.key.expose_secret().to_owned())
    }

    #[test]
    fn the_query_goes_with_the_key() {
        assert_eq!(
            parts("rtmp://ps.live.weibo.com/alicdn/b08204ae3f5d?auth_key=1495710112-0-0-aa/bb"),
            ("rtmp://ps.live.weibo.com/alicdn".into(), "b08204ae3f5d?auth_key=1495710112-0-0-aa/bb".into())
        );
        assert_eq!(
            parts("rtmp://publish.example:1935/hub/qn_live_kit-1?e=1&token=ak:si_gn-="),
            ("rtmp://publish.example:1935/hub".into(), "qn_live_kit-1?e=1&token=ak:si_gn-=".into())
        );
    }

    #[test]
    fn splitting_and_joining_is_the_identity() {
        for address in ["rtmp://h/a/b", "rtmps://h:443/a/b/c?x=/y", "srt://h:1937?streamid=#!::h=h,r=a/?b=c"]
        {
            let push = PushAddress::split(address).expect("a good address");
            assert_eq!(push.whole().expose_secret(), address);
        }
    }

    #[test]
    fn bilibili_joins_without_a_slash() {
        let push =
            PushAddress::from_parts("rtmp://live-push.example/live-bvc/", "?streamname=live_1_2&key=k")
                .expect("good");
        assert_eq!(
            push.whole().expose_secret(),
            "rtmp://live-push.example/live-bvc/?streamname=live_1_2&key=k"
        );
        assert_eq!(push.stream_name(), "live_1_2");
        assert_eq!(push.app(), "live-bvc");
    }

    #[test]
    fn what_obs_cannot_use_is_refused() {
        for (address, error) in [
            ("", PushAddressError::Missing),
            ("http://h/a/b", PushAddressError::Scheme),
            ("rtmp://h/app", PushAddressError::NoKey),
            ("rtmp://h/app/", PushAddressError::NoKey),
            ("rtmp://h", PushAddressError::NoKey),
        ] {
            assert_eq!(PushAddress::split(address).err(), Some(error), "{address}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        let push = PushAddress::split("rtmp://h/a/hidden-name?k=hidden-key").expect("good");
        assert!(!format!("{push:?}").contains("hidden"));
    }
}
