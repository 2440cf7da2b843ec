//! The X screen, looked at.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

use crate::Result;

/// The platform hues of the dark theme (`ui/src/styles/tokens.css`), red, green, blue.
const HUES: [[u8; 3]; 4] = [[0xe8, 0xb4, 0x5e], [0xf4, 0x93, 0x5f], [0x7d, 0xb4, 0xf0], [0xf5, 0x93, 0xb7]];
/// How far each channel may be off.
const OFF: u8 = 8;
/// How many pixels of each hue must be there: fewer than a glyph of a small mark has, more than chance gives.
const PIXELS: usize = 4;

pub(crate) struct Screen {
    connection: RustConnection,
    root: Window,
    width: u16,
    height: u16,
}

impl Screen {
    pub(crate) fn open() -> Result<Self> {
        let (connection, number) = x11rb::connect(None)?;
        let screen = &connection.setup().roots[number];
        if screen.root_depth != 24 {
            return Err("a screen of 24 bits is needed".into());
        }
        let (root, width, height) = (screen.root, screen.width_in_pixels, screen.height_in_pixels);
        Ok(Self { connection, root, width, height })
    }

    /// Are all four hues on the screen?
    pub(crate) fn is_painted(&self) -> Result<bool> {
        let request =
            self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, self.width, self.height, !0)?;
        let picture = request.reply()?.data;
        let mut found = [0; HUES.len()];
        // Four bytes a pixel: blue, green, red, unused.
        for pixel in picture.chunks_exact(4) {
            // Nearly all of the picture is dark; the hues aren't.
            if pixel[2] < 0x60 {
                continue;
            }
            for (count, hue) in found.iter_mut().zip(HUES) {
                if pixel[2].abs_diff(hue[0]) <= OFF
                    && pixel[1].abs_diff(hue[1]) <= OFF
                    && pixel[0].abs_diff(hue[2]) <= OFF
                {
                    *count += 1;
                }
            }
        }
        Ok(found.iter().all(|count| *count >= PIXELS))
    }
}
