//! Cover pictures: what a platform wants of one, and whether a file is that.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::problem::{Failure, InvalidReason};

/// The field that a refused picture is named by; `cover_url` is the address.
pub const COVER_FIELD: &str = "cover_picture";
/// The most bytes of a cover that are taken from the window, whatever the platform.
pub const COVER_CAP: usize = 1_000_000;

/// What an account's cover picture has to be: a JPEG of exactly this size. The window makes it, from whatever the
/// streamer chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct CoverRule {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The largest file, bytes; at most [`COVER_CAP`].
    pub max_bytes: u32,
}

impl CoverRule {
    /// A rule for pictures as wide and high as a broadcast of this size, `longer` pixels on the longer side at
    /// most.
    pub fn shaped(width: u32, height: u32, longer: u32, max_bytes: u32) -> Self {
        let most = width.max(height).max(1);
        let scaled = |side: u32| {
            let side = u64::from(side) * u64::from(longer.min(most));
            u32::try_from((side + u64::from(most) / 2) / u64::from(most)).unwrap_or(u32::MAX).max(1)
        };
        Self { width: scaled(width), height: scaled(height), max_bytes }
    }

    /// Checks a file by its own bytes, whatever it is called: a JPEG, of this size, within the bound.
    pub fn check(&self, file: &[u8]) -> Result<(), Failure> {
        let refuse = || Err(Failure::invalid(COVER_FIELD, InvalidReason::Malformed));
        let cap = usize::try_from(self.max_bytes).unwrap_or(usize::MAX).min(COVER_CAP);
        if file.len() > cap || jpeg_size(file) != Some((self.width, self.height)) {
            return refuse();
        }
        Ok(())
    }
}

/// Width and height of a JPEG, by its first frame header (ITU-T T.81, B.2.2); `None` for anything else.
fn jpeg_size(file: &[u8]) -> Option<(u32, u32)> {
    let mut rest = file.strip_prefix(b"\xff\xd8")?;
    let whole = file.ends_with(b"\xff\xd9");
    loop {
        let [0xff, kind, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(2..2 + length)?;
        match kind {
            // Baseline and progressive; what else there is no web view writes and no platform promises to read.
            0xc0..=0xc2 => {
                let [_, _, _, h1, h0, w1, w0, ..] = *segment else { return None };
                let size = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
                return whole.then_some((size.0.into(), size.1.into()));
            }
            // Tables, application data, comments.
            0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => rest = rest.get(2 + length..)?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    const RULE: CoverRule = CoverRule { width: 1280, height: 720, max_bytes: 1000 };

    /// As a web view writes it, without the picture.
    fn jpeg(width: u16, height: u16, length: usize) -> Vec<u8> {
        let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
        let mut file = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
        file.extend(b"\xff\xdb\x00\x03\x00\xff\xc0\x00\x0b\x08");
        file.extend([h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]);
        file.resize(length - 2, 0);
        file.extend(b"\xff\xd9");
        file
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        assert!(RULE.check(&jpeg(1280, 720, 1000)).is_ok());
        let whole = jpeg(1280, 720, 900);
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &whole].concat();
        let cut = &whole[..whole.len() - 1];
        let mut lossless = whole.clone();
        lossless[26] = 0xc3;
        assert_eq!(whole[25..27], [0xff, 0xc0]);
        let bad = [
            jpeg(720, 1280, 900),
            jpeg(1279, 720, 900),
            jpeg(1280, 720, 1001),
            png,
            cut.to_vec(),
            lossless,
            whole[..30].to_vec(),
            b"\xff\xd8\xff\xd9".to_vec(),
            b"GIF89a".to_vec(),
            Vec::new(),
        ];
        let code = ProblemCode::Invalid { field: COVER_FIELD.into(), reason: InvalidReason::Malformed };
        for (n, file) in bad.iter().enumerate() {
            assert_eq!(RULE.check(file).map_err(|f| f.code), Err(code.clone()), "file {n}");
        }
    }

    #[test]
    fn no_rule_lets_in_more_than_is_carried() {
        let rule = CoverRule { max_bytes: u32::MAX, ..RULE };
        assert!(rule.check(&jpeg(1280, 720, COVER_CAP)).is_ok());
        assert!(rule.check(&jpeg(1280, 720, COVER_CAP + 1)).is_err());
    }

    #[test]
    fn a_cover_has_the_broadcasts_shape() {
        let size = |w, h| {
            let rule = CoverRule::shaped(w, h, 1280, 1);
            (rule.width, rule.height)
        };
        assert_eq!(size(1920, 1080), (1280, 720));
        assert_eq!(size(1080, 1920), (720, 1280));
        assert_eq!(size(640, 360), (640, 360));
        assert_eq!(size(7680, 16), (1280, 3));
        assert_eq!(size(0, 0), (1, 1));
    }
}
