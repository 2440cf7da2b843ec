//! The paths Qiniu's server knows, and what a request to one of them holds.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::HeaderMap;

use super::sign::Signed;

/// A path with its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Status,
    Server(Server<'a>),
    Client(Client<'a>),
    /// An administrator ends a live.
    AdminStop(&'a str),
}

/// Routes signed with access key and secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server<'a> {
    Create,
    Get(&'a str),
    Stop(&'a str),
    Delete(&'a str),
    Token { admin: bool },
    Register,
    RegisterMany,
    UserInfo(&'a str),
    UserInfos,
    UserProfile(&'a str),
    UserProfiles,
    UserUpdate(&'a str),
}

/// Routes of a user, with the token as `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client<'a> {
    AppConfig,
    Create,
    Delete(&'a str),
    Start(&'a str),
    Stop(&'a str),
    Heartbeat(&'a str),
    Info(&'a str),
    List,
    ListOwn,
    Search,
    Users,
    Join(&'a str),
    Leave(&'a str),
    Like(&'a str),
    Extends,
    Statistics(&'a str),
}

/// The route of a decoded path.
pub(super) fn find<'a>(method: &str, path: &'a str) -> Option<Route<'a>> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    match (method, &parts[..]) {
        (_, ["status"]) if method != "HEAD" => Some(Route::Status),
        ("POST", ["admin", "censor", "stoplive", id]) if !id.is_empty() => Some(Route::AdminStop(id)),
        (_, ["server", rest @ ..]) => server(method, rest).map(Route::Server),
        (_, ["client", rest @ ..]) => client(method, rest).map(Route::Client),
        _ => None,
    }
}

fn server<'a>(method: &str, parts: &[&'a str]) -> Option<Server<'a>> {
    if parts.last().is_some_and(|last| last.is_empty()) {
        return None;
    }
    Some(match (method, parts) {
        ("POST", ["live"]) => Server::Create,
        ("GET", ["live", id]) => Server::Get(id),
        ("POST", ["live", id, "stop"]) => Server::Stop(id),
        ("DELETE", ["live", id]) => Server::Delete(id),
        ("GET", ["auth", "token"]) => Server::Token { admin: false },
        ("GET", ["auth", "admin", "token"]) => Server::Token { admin: true },
        ("POST", ["user", "register"]) => Server::Register,
        ("POST", ["user", "register", "batch"]) => Server::RegisterMany,
        ("GET", ["user", "info", id]) => Server::UserInfo(id),
        ("GET", ["user", "infos"]) => Server::UserInfos,
        ("GET", ["user", "profile", id]) => Server::UserProfile(id),
        ("GET", ["user", "profiles"]) => Server::UserProfiles,
        ("PUT", ["user", id]) => Server::UserUpdate(id),
        _ => return None,
    })
}

fn client<'a>(method: &str, parts: &[&'a str]) -> Option<Client<'a>> {
    if parts.last().is_some_and(|last| last.is_empty()) {
        return None;
    }
    Some(match (method, parts) {
        ("GET", ["app", "config"]) => Client::AppConfig,
        ("GET", ["stats", "singleLive", id]) => Client::Statistics(id),
        ("GET", ["live", "room"]) => Client::Search,
        ("POST", ["live", "room", "instance"]) => Client::Create,
        ("DELETE", ["live", "room", "instance", id]) => Client::Delete(id),
        ("PUT", ["live", "room", "extends"]) => Client::Extends,
        ("GET", ["live", "room", "user_list"]) => Client::Users,
        ("GET", ["live", "room", "list"]) => Client::List,
        ("GET", ["live", "room", "list", "anchor"]) => Client::ListOwn,
        ("GET", ["live", "room", "info", id]) => Client::Info(id),
        ("GET", ["live", "room", "heartbeat", id]) => Client::Heartbeat(id),
        ("POST", ["live", "room", "user", id]) => Client::Join(id),
        ("DELETE", ["live", "room", "user", id]) => Client::Leave(id),
        ("PUT", ["live", "room", id, "like"]) => Client::Like(id),
        ("PUT", ["live", "room", id]) => Client::Start(id),
        ("DELETE", ["live", "room", id]) => Client::Stop(id),
        _ => return None,
    })
}

/// A request as it arrived.
pub(super) struct Call {
    pub(super) method: String,
    /// Percent-decoded.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) now_ms: i64,
}

impl Call {
    /// The first value of a header, as sent.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// Whether `Authorization` holds the signature of this request.
    pub(super) fn signed_by(&self, access: &str, secret: &str) -> bool {
        let first = |name: &axum::http::HeaderName| {
            let name = name.as_str();
            let value = name.starts_with("x-qiniu-").then(|| self.header(name)).flatten()?;
            Some((name.to_owned(), value.to_owned()))
        };
        let qiniu: Vec<_> = self.headers.keys().filter_map(first).collect();
        let signed = Signed {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            host: self.header("host").unwrap_or_default(),
            content_type: self.header("content-type"),
            qiniu: &qiniu,
            body: &self.body,
        };
        self.header("authorization").is_some_and(|header| signed.allows(header, access, secret))
    }

    fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        let query = self.query.as_deref().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).into_owned()
    }

    /// All values of a parameter of the query.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        self.pairs().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// The query; of a repeated name the first value counts.
    pub(super) fn params(&self) -> HashMap<String, String> {
        let mut params = HashMap::new();
        for (name, value) in self.pairs() {
            params.entry(name).or_insert(value);
        }
        params
    }

    pub(super) fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_win_over_ids() {
        assert_eq!(find("PUT", "/client/live/room/extends"), Some(Route::Client(Client::Extends)));
        assert_eq!(find("PUT", "/client/live/room/17"), Some(Route::Client(Client::Start("17"))));
        assert_eq!(
            find("GET", "/server/auth/admin/token"),
            Some(Route::Server(Server::Token { admin: true }))
        );
        assert_eq!(find("GET", "/server/user/info/主播 x"), Some(Route::Server(Server::UserInfo("主播 x"))));
    }

    #[test]
    fn other_methods_and_slashes_at_the_end_are_no_routes() {
        for (method, path) in [
            ("PUT", "/server/live"),
            ("HEAD", "/server/live/1"),
            ("GET", "/server/live/1/"),
            ("GET", "/nothing"),
        ] {
            assert_eq!(find(method, path), None, "{method} {path}");
        }
        assert_eq!(find("DELETE", "/status"), Some(Route::Status));
    }
}
