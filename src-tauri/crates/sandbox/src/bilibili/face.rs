//! Faces: small pictures, drawn here.

use std::io::Write as _;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

use super::call::{Call, Reply};
use super::sign::md5_hex;
use super::world::World;

/// Width and height, in pixels.
const SIDE: u8 = 48;
/// The folder of the pictures.
const FOLDER: &str = "/bfs/face/";

fn file(uid: u64) -> String {
    format!("{FOLDER}{}.png", md5_hex(&format!("face of {uid}")))
}

/// The address of a user's face. `base` is the sandbox's own.
pub(super) fn address(base: &str, uid: u64) -> String {
    format!("{base}{}", file(uid))
}

/// GET `/bfs/face/….png`
pub(super) fn serve(world: &World, call: &Call) -> Reply {
    match world.users.iter().find(|user| call.path == file(user.id)) {
        Some(user) => Reply::png(draw(user.id)),
        None => Reply::no_such_path(),
    }
}

pub(super) fn is_face(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// A head and shoulders on the user's colour.
fn draw(uid: u64) -> Vec<u8> {
    let [red, green, blue, ..] = uid.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let ground = [red / 2 + 64, green / 2 + 64, blue / 2 + 64];
    let disc = |x: u8, y: u8, (cx, cy, radius): (i32, i32, i32)| {
        let (dx, dy) = (i32::from(x) - cx, i32::from(y) - cy);
        dx * dx + dy * dy <= radius * radius
    };
    let mut rows = Vec::new();
    for y in 0..SIDE {
        rows.push(0); // The row's filter: none.
        for x in 0..SIDE {
            let person = disc(x, y, (24, 18, 9)) || disc(x, y, (24, 46, 16));
            rows.extend(if person { [245, 240, 232] } else { ground });
        }
    }
    let side = u32::from(SIDE).to_be_bytes();
    let head = [&side[..], &side, &[8, 2, 0, 0, 0]].concat();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory can't fail; were it to, the picture would end early.
    let _ = packed.write_all(&rows);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &head);
    chunk(&mut png, *b"IDAT", &packed.finish().unwrap_or_default());
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    let mut check = Crc::new();
    check.update(&kind);
    check.update(body);
    png.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    png.extend(kind);
    png.extend(body);
    png.extend(check.sum().to_be_bytes());
}
