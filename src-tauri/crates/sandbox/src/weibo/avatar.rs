//! Everybody's picture: a record on a cloth, drawn here, with colours of the user's number.

use std::io::Write;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Width and height in pixels: `avatar_large`'s.
const SIDE: u16 = 180;
/// The record's radius, its label's, and the hole's, in half pixels.
const RADII: [i32; 3] = [150, 54, 8];

type Colour = [u8; 3];

const BLACK: Colour = [0x16, 0x16, 0x18];
const GROOVE: Colour = [0x2c, 0x2c, 0x31];
const CLOTHS: [Colour; 6] = [
    [0xd9, 0xc3, 0x9a],
    [0x9f, 0xb8, 0xad],
    [0xc8, 0x9b, 0x7b],
    [0xa9, 0xb4, 0xc9],
    [0xd8, 0xa7, 0xa7],
    [0xb7, 0xbf, 0x8f],
];
const LABELS: [Colour; 5] =
    [[0xb2, 0x3a, 0x2f], [0x1f, 0x6f, 0x78], [0xe0, 0xa0, 0x30], [0x5a, 0x4a, 0x8a], [0x3f, 0x7d, 0x4e]];

/// `/avatar/{uid}.png`, and `.jpg` as the addresses of real pictures end; a PNG either way.
pub(super) async fn avatar(Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".png").or_else(|| file.strip_suffix(".jpg"));
    match name.and_then(|uid| uid.parse().ok()) {
        Some(uid) => ([(header::CONTENT_TYPE, "image/png")], png(uid)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The picture of a user as a PNG file: <https://www.w3.org/TR/png/>.
fn png(uid: u64) -> Vec<u8> {
    let side = u32::from(SIDE).to_be_bytes();
    // 8 bits, RGB, the only methods there are, not interlaced.
    let head = [&side[..], &side[..], &[8, 2, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", head), (b"IDAT", packed(&rows(uid))), (b"IEND", Vec::new())] {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(&data);
        file.extend([&length.to_be_bytes()[..], kind, &data, &sum.sum().to_be_bytes()].concat());
    }
    file
}

fn packed(rows: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory doesn't fail.
    let _ = packer.write_all(rows);
    packer.finish().unwrap_or_default()
}

/// The pixels; each row begins with its filter, none.
fn rows(uid: u64) -> Vec<u8> {
    let pick = |colours: &[Colour], by: u64| colours[usize::try_from(by % colours.len() as u64).unwrap_or(0)];
    let (cloth, label) = (pick(&CLOTHS, uid), pick(&LABELS, uid / 7));
    let side = i32::from(SIDE);
    let middle = |at: i32| 2 * at + 1 - side;
    let mut rows = Vec::with_capacity(usize::from(SIDE) * (usize::from(SIDE) * 3 + 1));
    for y in 0..side {
        rows.push(0);
        for x in 0..side {
            let distance = (middle(x).pow(2) + middle(y).pow(2)).isqrt();
            rows.extend(match RADII.iter().filter(|radius| distance < **radius).count() {
                0 | 3 => cloth,
                2 => label,
                _ if distance % 12 < 2 => GROOVE,
                _ => BLACK,
            });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_look_different_and_keep_their_looks() {
        assert_eq!(png(7), png(7));
        assert_ne!(png(7), png(8));
        assert!(png(7).len() < 20_000);
    }
}
