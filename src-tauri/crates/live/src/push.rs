//! Push addresses: what goes into OBS.

use jiff::Timestamp;
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

    /// When the address stops working, by the time that stands in its key's query in Unix seconds: `auth_key`
    /// up to the first dash (Weibo), `e` or `expire` (Qiniu), `expires` (Bilibili). `None` when none of them
    /// is there or what stands there is no time.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let (_, query) = self.key.expose_secret().split_once('?')?;
        let seconds = query.split('&').find_map(|pair| match pair.split_once('=')? {
            ("auth_key", value) => value.split_once('-').map(|(seconds, _)| seconds),
            ("e" | "expire" | "expires", value) => Some(value),
            _ => None,
        })?;
        let seconds = seconds.bytes().all(|b| b.is_ascii_digit()).then(|| seconds.parse().ok())??;
        Timestamp::from_second(seconds).ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
    }

    /// Host and port that OBS connects to by TCP; `None` for SRT, which goes by UDP. Without a port it is
    /// 1935 for rtmp and 443 for rtmps. An IPv6 address comes without its brackets.
    pub fn tcp_host(&self) -> Option<(String, u16)> {
        let (scheme, rest) = self.server.split_once("://")?;
        let default = match scheme.to_ascii_lowercase().as_str() {
            "rtmp" => 1935,
            "rtmps" => 443,
            _ => return None,
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host_port = authority.rsplit_once('@').map_or(authority, |(_, after)| after);
        let (host, port) = match host_port.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match host_port.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (host_port, None),
            },
        };
        let port = port.map_or(Some(default), |port| port.parse().ok())?;
        (!host.is_empty()).then(|| (host.to_owned(), port))
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
    fn the_key_tells_when_it_runs_out() {
        let ends = |key: &str| {
            let push = PushAddress::from_parts("rtmp://h/a", key).expect("a good address");
            push.expires_at().map(Timestamp::as_second)
        };
        assert_eq!(ends("b08204ae3f5d?auth_key=1495710112-0-0-9f0d"), Some(1_495_710_112));
        assert_eq!(ends("title?e=1584522520&token=ak:NfI2OWGC="), Some(1_584_522_520));
        assert_eq!(ends("title?expire=1634745600&xyz=custom&token=fH7U="), Some(1_634_745_600));
        let bilibili = "?streamname=live_1_2&key=k&expires=1700000000&pflag=1";
        assert_eq!(ends(bilibili), Some(1_700_000_000));
        let endless = ["?streamname=live_1_2&key=k&schedule=rtmp&pflag=1", "s?nonce=123&token=t", "s"];
        let nonsense = ["s?e=", "s?e=soon", "s?e=-5", "s?e=0", "s?expires=99999999999999999999999"];
        for key in endless.into_iter().chain(nonsense) {
            assert_eq!(ends(key), None, "{key}");
        }
        assert_eq!(ends("s?auth_key=x-0-0-k"), None);
        assert_eq!(ends("s?auth_key=1495710112"), None, "there is no signature to it");
        assert_eq!(ends("s?code=1495710112"), None, "another name that ends in e");
    }

    #[test]
    fn the_host_that_takes_the_connection() {
        for (server, host) in [
            ("rtmp://ps.live.example/alicdn", Some(("ps.live.example", 1935))),
            ("rtmps://push.example/app", Some(("push.example", 443))),
            ("rtmp://127.0.0.1:19350/live", Some(("127.0.0.1", 19350))),
            ("rtmp://[::1]:1936/live", Some(("::1", 1936))),
            ("rtmp://[::1]/live", Some(("::1", 1935))),
            ("rtmp://who:what@push.example/live", Some(("push.example", 1935))),
            ("rtmp://push.example:none/live", None),
            ("rtmp:///live", None),
            ("srt://push.example:1937?streamid=x", None),
        ] {
            let push = PushAddress { server: server.into(), key: "k".to_owned().into() };
            assert_eq!(push.tcp_host(), host.map(|(host, port)| (host.to_owned(), port)), "{server}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        let push = PushAddress::split("rtmp://h/a/hidden-name?k=hidden-key").expect("good");
        assert!(!format!("{push:?}").contains("hidden"));
    }
}
