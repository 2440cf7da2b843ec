//! Forms as browsers and programs send them: urlencoded, or in parts (`multipart/form-data`, RFC 7578).

use super::sign::pairs;

/// The most parts that are read.
const PARTS: usize = 64;

/// The fields of a body. None when it is no form.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return pairs(&String::from_utf8_lossy(body));
    }
    let Some(("multipart/form-data", rest)) = content_type.split_once(';') else { return Vec::new() };
    let boundary = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary.map(|text| text.trim_matches('"')).filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let body = String::from_utf8_lossy(body);
    body.split(&format!("--{boundary}")).skip(1).take(PARTS).filter_map(part).collect()
}

/// A part's name and value.
fn part(part: &str) -> Option<(String, String)> {
    let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some((name.trim_matches('"').to_owned(), value.strip_suffix("\r\n")?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let told = [("msg".to_owned(), "水 & a=b\r\nc".to_owned()), ("rnd".to_owned(), String::new())];
        let coded = "msg=%E6%B0%B4+%26+a%3Db%0D%0Ac&rnd=";
        assert_eq!(fields("application/x-www-form-urlencoded; charset=utf-8", coded.as_bytes()), told);
        let parts = "--x1\r\nContent-Disposition: form-data; name=\"msg\"\r\n\r\n水 & a=b\r\nc\r\n\
                     --x1\r\ncontent-disposition: form-data; name=\"rnd\"\r\nContent-Type: text/plain\r\n\r\n\r\n\
                     --x1--\r\n";
        assert_eq!(fields("multipart/form-data; boundary=x1", parts.as_bytes()), told);
        assert_eq!(fields("multipart/form-data; boundary=\"x1\"", parts.as_bytes()), told);
        for none in ["", "application/json", "multipart/form-data", "multipart/form-data; boundary="] {
            assert_eq!(fields(none, parts.as_bytes()), [], "{none}");
        }
    }
}
