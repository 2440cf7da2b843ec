//! Forms as browsers and programs send them: urlencoded, or in parts (`multipart/form-data`, RFC 7578).

use super::sign::pairs;
use crate::multipart::Part;

/// The fields of a body; `parts` are its parts, if it has any. None when it is no form.
pub(super) fn fields(content_type: &str, body: &[u8], parts: &[Part]) -> Vec<(String, String)> {
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return pairs(&String::from_utf8_lossy(body));
    }
    let plain = parts.iter().filter(|part| part.file.is_none());
    plain.map(|part| (part.name.clone(), String::from_utf8_lossy(&part.content).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::multipart::parts;

    #[test]
    fn both_forms_say_the_same() {
        let fields = |kind: &str, body: &[u8]| fields(kind, body, &parts(kind, body));
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
