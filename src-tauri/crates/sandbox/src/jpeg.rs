//! As much of JPEG as a platform looks at before it takes a picture: <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>.

/// Width and height, if the file begins as a JPEG and has a frame.
pub(crate) fn size(file: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    if file.get(..at)? != [0xff, 0xd8] {
        return None;
    }
    loop {
        let marker = file.get(at..at + 4)?;
        if marker[0] != 0xff {
            return None;
        }
        // SOF0 to SOF15, without the tables' DHT, JPG and DAC that stand among them.
        if matches!(marker[1], 0xc0..=0xcf) && ![0xc4, 0xc8, 0xcc].contains(&marker[1]) {
            let side = |from: usize| {
                let two = file.get(from..from + 2)?;
                Some(u32::from(two[0]) << 8 | u32::from(two[1]))
            };
            return Some((side(at + 7)?, side(at + 5)?));
        }
        let length = usize::from(marker[2]) << 8 | usize::from(marker[3]);
        if length < 2 || marker[1] == 0xda {
            return None;
        }
        at += 2 + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_tells_the_size() {
        let head = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08\x02\xd0\x05\x00\x01\x01\x11\x00";
        assert_eq!(size(head), Some((1280, 720)));
        for bad in
            [&b"\xff\xd8\xff\xe0\x00\x04ab"[..], b"\xff\xd8\xff\xe0\x00\x00", b"\x89PNG", b"", &head[..16]]
        {
            assert_eq!(size(bad), None, "{bad:?}");
        }
    }
}
