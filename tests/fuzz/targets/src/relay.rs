//! What a publisher sends to the relay's ingest.

use kaibo_relay::Fault;
use kaibo_relay::probe::{Seen, ingest};

use crate::frugally;

/// A picture's cap and, before a publisher is let in, none.
const LARGEST: usize = 4 << 20;

/// The first byte says whether the handshake is among the bytes (`h`), and else in which pieces the rest comes a
/// second time.
pub fn publisher(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let shaken = *first != b'h';
    let whole = frugally(|| ingest(bytes, usize::MAX, shaken));
    hold(&whole, bytes.len());
    let pieces = frugally(|| ingest(bytes, usize::from(*first), shaken));
    // What is let through, and why it ends, hangs on the bytes and not on how they come.
    assert_eq!((whole.taken, whole.fault, whole.refused), (pieces.taken, pieces.fault, pieces.refused));
}

fn hold(seen: &Seen, length: usize) {
    let taken: usize = seen.taken.iter().map(|(_, _, body)| body.len()).sum();
    assert!(taken <= length, "{taken} bytes were made of {length}");
    assert!(
        seen.taken.iter().all(|(kind, _, body)| matches!(kind, 8 | 9 | 15 | 18) && body.len() <= LARGEST)
    );
    // A greeting, and an answer of at most a few hundred bytes to each command, which are counted.
    assert!(seen.said <= 3_073 + 1_024 + 256 * 256 + 4 * length, "{} bytes answer {length}", seen.said);
    assert!(seen.fault != Some(Fault::Version) || seen.taken.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed that is turned away at the first message teaches a fuzzer nothing.
    #[test]
    fn seeds_come_as_far_as_they_should() {
        let seen = |seed: &[u8]| ingest(&seed[1..], usize::MAX, seed[0] != b'h');
        let pushed = seen(include_bytes!("../../seeds/publisher/ffmpeg-avc"));
        assert!(pushed.taken.len() > 20 && pushed.fault.is_none());
        let shaken = seen(include_bytes!("../../seeds/publisher/ffmpeg-avc-handshake"));
        assert_eq!(shaken.taken, pushed.taken);
        assert_eq!(seen(include_bytes!("../../seeds/publisher/enhanced")).taken.len(), 7);
        assert_eq!(seen(include_bytes!("../../seeds/publisher/window-and-pings")).taken.len(), 7);
        let parted: Vec<(u8, u32)> = seen(include_bytes!("../../seeds/publisher/aggregates"))
            .taken
            .iter()
            .map(|t| (t.0, t.1))
            .collect();
        assert_eq!(parted, [(9, 40), (8, 40), (9, 40), (8, 63), (18, 80), (9, 80), (8, 103)]);
        let hours: Vec<u32> =
            seen(include_bytes!("../../seeds/publisher/five-hours")).taken.iter().map(|t| t.1).collect();
        assert_eq!(hours, [0x100_0000, 0x100_0028, 0x100_0050]);
        let nothing = seen(include_bytes!("../../seeds/publisher/chunks-of-nothing"));
        assert_eq!(nothing.fault, Some(Fault::ChunkSize));
        let endless = seen(include_bytes!("../../seeds/publisher/endless-array"));
        assert_eq!(endless.fault, Some(Fault::Values));
        assert_eq!(seen(include_bytes!("../../seeds/publisher/deep-object")).fault, Some(Fault::Values));
    }
}
