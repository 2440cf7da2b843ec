//! The pages, plain and marked as the sandbox's. No script and nothing from elsewhere.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::super::SCREEN_NAME;
use super::super::wire::Refused;
use super::APP_NAME;

/// What the page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    English,
}

const STYLE: &str = "body{font:16px/1.6 sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}\
    header{background:#fde68a;color:#422006;padding:.4rem .8rem;border-radius:.4rem}\
    button{font:inherit;padding:.5rem 1.4rem;margin:0 .6rem .6rem 0}\
    output{display:block;padding:.6rem;border:1px solid #888;overflow-wrap:anywhere;user-select:all}";

/// Asks the person. `token` proves that the answer comes from this very page.
pub(super) fn consent(language: Language, again: bool, token: &str) -> Response {
    let (title, ask, signed_in, allow, refuse) = match language {
        Language::Chinese => (
            "应用授权",
            format!(
                "应用 <b id=app>{APP_NAME}</b> 想用 <b id=person>{SCREEN_NAME}</b> 的微博账号：读取昵称和头像，创建和管理直播。"
            ),
            "应用要求重新登录：就当你已经重新登录了。",
            "授权",
            "拒绝",
        ),
        Language::English => (
            "Allow this app?",
            format!(
                "<b id=app>{APP_NAME}</b> wants to use the Weibo account of <b id=person>{SCREEN_NAME}</b>: read name and picture, make and run live rooms."
            ),
            "The app asks for a new login: take it as done.",
            "Allow",
            "Refuse",
        ),
    };
    let signed_in = if again { format!("<p>{signed_in}</p>") } else { String::new() };
    let body = format!(
        "<h1>{title}</h1><p>{ask}</p>{signed_in}<form method=post action=/oauth2/authorize>\
         <input type=hidden name=page value={token}>\
         <button id=allow name=decision value=allow>{allow}</button>\
         <button id=refuse name=decision value=refuse>{refuse}</button></form>"
    );
    page(StatusCode::OK, language, title, &body)
}

/// Tells of an error that the app isn't told of.
pub(super) fn refusal(refused: &Refused) -> Response {
    let (word, code, why) = (refused.text(), refused.code, refused.description());
    let body = format!(
        "<h1>出错了</h1><p>error:<span id=error>{}</span></p>\
         <p>error_code:<span id=error-code>{code}</span></p><p>{}</p>",
        escape(word),
        escape(why)
    );
    page(StatusCode::BAD_REQUEST, Language::Chinese, "出错了", &body)
}

/// Tells the person to carry the address over to the app.
pub(super) fn landing(address: &str) -> Response {
    let body = format!(
        "<h1>还差一步</h1><p>复制这个网址，粘贴回应用。<br>Copy this address and paste it into the app.</p>\
         <output id=address>{}</output>",
        escape(address)
    );
    page(StatusCode::OK, Language::Chinese, "还差一步", &body)
}

fn page(status: StatusCode, language: Language, title: &str, body: &str) -> Response {
    let language = match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    let html = format!(
        "<!doctype html><html lang={language}><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{title} · Sandbox</title>\
         <style>{STYLE}</style><header>沙盒 Sandbox：这不是微博，人和应用都是虚构的。\
         This isn't Weibo; person and app are made up.</header>{body}</html>"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, Html(html)).into_response()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shown_becomes_markup() {
        assert_eq!(escape("<b a='&\">"), "&lt;b a=&#39;&amp;&quot;&gt;");
    }
}
