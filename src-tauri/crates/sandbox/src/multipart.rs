//! Forms in parts, `multipart/form-data`: <https://www.rfc-editor.org/rfc/rfc7578>.

/// The most parts that are read.
const PARTS: usize = 64;

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// What a file is called; `None` for a plain field.
    pub(crate) file: Option<String>,
    /// Its `Content-Type`; empty when it says none.
    pub(crate) kind: String,
    pub(crate) content: Vec<u8>,
}

/// The parts of a body that are whole. None when it is no such form.
pub(crate) fn parts(content_type: &str, body: &[u8]) -> Vec<Part> {
    let Some(("multipart/form-data", rest)) = content_type.split_once(';') else { return Vec::new() };
    let boundary = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary.map(|text| text.trim_matches('"')).filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let (line, mut found) = (format!("--{boundary}"), Vec::new());
    let Some((_, mut rest)) = split(body, line.as_bytes()) else { return Vec::new() };
    let line = format!("\r\n{line}");
    while found.len() < PARTS
        && let Some((raw, after)) = split(rest, line.as_bytes())
    {
        found.extend(part(raw));
        rest = after;
    }
    found
}

/// What stands before and after the first `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}

fn part(raw: &[u8]) -> Option<Part> {
    // A part without headers or content ends where its head would.
    let (head, content) = split(raw.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(head).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let disposition = header("content-disposition")?;
    let said = |name: &str| {
        let mut values = disposition.split(';').filter_map(|part| part.trim().split_once('='));
        values.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
    };
    Some(Part {
        name: said("name")?,
        file: said("filename"),
        kind: header("content-type").unwrap_or_default(),
        content: content.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_arrives_byte_for_byte() {
        let picture = b"\xff\xd8\r\n\r\n--x\r\n\0\xff\xd9";
        let body = [
            b"--x1\r\nContent-Disposition: form-data; name=\"dir\"\r\n\r\ncovers\r\n--x1\r\n".as_slice(),
            b"content-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n",
            b"Content-Type: image/jpeg\r\n\r\n",
            picture,
            b"\r\n--x1--\r\n",
        ]
        .concat();
        let field = Part { name: "dir".into(), file: None, kind: String::new(), content: b"covers".to_vec() };
        let file = Part {
            name: "file".into(),
            file: Some("a.jpg".into()),
            kind: "image/jpeg".into(),
            content: picture.to_vec(),
        };
        assert_eq!(parts("multipart/form-data; boundary=x1", &body), [field.clone(), file]);
        // A body that was cut has no end of its last part.
        let cut = &body[..body.len() - 10];
        assert_eq!(parts("multipart/form-data; boundary=\"x1\"", cut), [field]);
    }
}
