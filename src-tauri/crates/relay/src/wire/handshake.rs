//! The plain handshake (5.2): version and 1,536 bytes each way, echoed.

use super::Fault;

/// Bytes of C1, C2, S1 and S2.
pub(crate) const PART: usize = 1536;
const VERSION: u8 = 3;

/// C0 and C1, or S0 and S1: version, a time of nothing, four zeros, chance.
pub(crate) fn hello() -> Vec<u8> {
    let mut hello = vec![0; 1 + PART];
    hello[0] = VERSION;
    for byte in &mut hello[9..] {
        *byte = fastrand::u8(..);
    }
    hello
}

/// Fails unless `first`, which is C0 or S0, is the version spoken here.
pub(crate) fn check(first: u8) -> Result<(), Fault> {
    if first == VERSION { Ok(()) } else { Err(Fault::Version) }
}

/// The server's side, fed as bytes come.
#[derive(Default)]
pub(crate) struct Server {
    c1: Vec<u8>,
    /// Bytes of C2 that are still to come.
    c2: usize,
}

impl Server {
    /// Takes of `input` what belongs to the handshake and adds what is to be sent to `out`. True once it is
    /// over. What C2 echoes isn't looked at: some encoders send anything.
    pub(crate) fn feed(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Fault> {
        if self.c1.len() < 1 + PART {
            if let (true, Some(first)) = (self.c1.is_empty(), input.first()) {
                check(*first)?;
            }
            let (taken, rest) = input.split_at((1 + PART - self.c1.len()).min(input.len()));
            self.c1.extend_from_slice(taken);
            *input = rest;
            if self.c1.len() < 1 + PART {
                return Ok(false);
            }
            out.extend(hello());
            out.extend_from_slice(&self.c1[1..]);
            self.c2 = PART;
        }
        let taken = self.c2.min(input.len());
        self.c2 -= taken;
        *input = &input[taken..];
        Ok(self.c2 == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_takes_its_own_bytes_and_echoes() {
        let client = hello();
        assert_eq!((client.len(), client[0], &client[5..9]), (1537, 3, &[0; 4][..]));
        assert_ne!(client, hello(), "chance");
        // C0 and C1, C2, and the first bytes of what comes after it, however they are cut.
        let all = [&client[..], &[7; PART], b"after"].concat();
        for piece in [1, 100, 1536, 1537, 4000] {
            let (mut server, mut out, mut over, mut rest) = (Server::default(), Vec::new(), None, Vec::new());
            for (index, mut input) in all.chunks(piece).enumerate() {
                if over.is_none() && server.feed(&mut input, &mut out).unwrap() {
                    over = Some(index);
                }
                rest.extend_from_slice(input);
            }
            assert_eq!(over, Some((1537 + PART - 1) / piece), "at the last byte of C2, pieces of {piece}");
            assert_eq!(rest, b"after", "pieces of {piece}");
            assert_eq!((out.len(), out[0]), (1 + 2 * PART, 3));
            assert_eq!(out[1 + PART..], client[1..], "C1 comes back");
        }
    }

    #[test]
    fn another_version_is_refused_at_its_first_byte() {
        for first in [0, 2, 4, b'G'] {
            let (mut server, mut out) = (Server::default(), Vec::new());
            assert_eq!(server.feed(&mut &[first][..], &mut out), Err(Fault::Version));
            assert!(out.is_empty());
        }
    }
}
