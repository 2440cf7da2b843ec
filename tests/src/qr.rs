//! A phone's camera: reads the QR code in a picture.

/// What the one code in a PNG says; `None` when there is none, or it can't be read.
pub fn read_qr(png: &[u8]) -> Option<String> {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0[0]
    });
    let grids = prepared.detect_grids();
    let (_, text) = grids.first()?.decode().ok()?;
    Some(text)
}

/// How bright a PNG's corner is, 0 to 255: the quiet zone of a code.
pub fn corner(png: &[u8]) -> u8 {
    image::load_from_memory(png).unwrap().to_luma8().get_pixel(3, 3).0[0]
}
