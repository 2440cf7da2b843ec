//! A form with a file in it: `multipart/form-data`, <https://www.rfc-editor.org/rfc/rfc7578>.

use kaibo_live::clock::Clock;

/// A part's file name. Where it came from is nobody's business.
const FILE_NAME: &str = "cover.jpg";

/// A form under way. Names and values are Kaibo's own and hold no line breaks or quotes.
pub(crate) struct Multipart {
    boundary: String,
    body: Vec<u8>,
}

impl Multipart {
    /// An empty form. Its boundary is drawn: a file that was made to end its own part would have to guess it.
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        let drawn = || clock.chance().to_bits();
        Self { boundary: format!("kaibo-{:016x}{:016x}", drawn(), drawn()), body: Vec::new() }
    }

    /// Adds a field.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.begin(&format!("name=\"{name}\""), None);
        self.body.extend(value.as_bytes());
        self.body.extend(b"\r\n");
        self
    }

    /// Adds a JPEG.
    pub(crate) fn jpeg(mut self, name: &str, file: &[u8]) -> Self {
        self.begin(&format!("name=\"{name}\"; filename=\"{FILE_NAME}\""), Some("image/jpeg"));
        self.body.extend(file);
        self.body.extend(b"\r\n");
        self
    }

    fn begin(&mut self, disposition: &str, kind: Option<&str>) {
        let kind = kind.map(|kind| format!("Content-Type: {kind}\r\n")).unwrap_or_default();
        let head =
            format!("--{}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n", self.boundary);
        self.body.extend(head.as_bytes());
    }

    /// The `Content-Type`, and the body.
    pub(crate) fn finish(mut self) -> (String, Vec<u8>) {
        self.body.extend(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FixedClock;

    #[test]
    fn fields_and_file_stand_in_parts_of_their_own() {
        let file = b"\xff\xd8\r\n--x\r\n\0\xff\xd9";
        let form = Multipart::new(&FixedClock::default()).text("dir", "covers").jpeg("file", file);
        let (kind, body) = form.finish();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        assert!(boundary.len() <= 70, "as RFC 2046 allows");
        let wanted = [
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"dir\"\r\n\r\ncovers\r\n")
                .as_bytes(),
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cover.jpg\"\r\n\
                 Content-Type: image/jpeg\r\n\r\n"
            )
            .as_bytes(),
            file,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(body, wanted);
    }
}
