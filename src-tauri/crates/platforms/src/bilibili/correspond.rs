//! The path of the page that lets a session be renewed: the time, sealed with the platform's public key.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPublicKey};
use sha2::Sha256;

/// RSA, 1024 bits, in `SubjectPublicKeyInfo`. It is the same for everybody and stands in the platform's page.
const KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLgd2OAkcGVtoE3ThUREbio0EgUc/prcajMKXvkCKFCWhJYJcLkcM2\
                   DKKcSeFpD/j6Boy538YXnR6VhcuUJOhH2x71nzPjfdTcqMz7djHum0qSZA0AyCBDABUqCrfNgCiJ00Ra7GmRj+YCK1NJ\
                   Euewlb40JNrRuoEUXpabUzGB8QIDAQAB";

/// The path's last segment for the platform's own time, milliseconds since 1970: 256 lower-case hex digits.
/// `None` when the machine has no random numbers to give.
pub(super) fn path(server_ms: i64) -> Option<String> {
    static PARSED: OnceLock<Option<RsaPublicKey>> = OnceLock::new();
    let key = PARSED.get_or_init(|| {
        let der = STANDARD.decode(KEY).ok()?;
        RsaPublicKey::from_public_key_der(&der).ok()
    });
    sealed(key.as_ref()?, &format!("refresh_{server_ms}"))
}

/// RSA-OAEP with SHA-256 for label and mask, empty label. As long as the key, leading zeros kept.
fn sealed(key: &RsaPublicKey, text: &str) -> Option<String> {
    key.encrypt(&mut OsRng, Oaep::new::<Sha256>(), text.as_bytes()).ok().map(hex::encode)
}

#[cfg(test)]
mod tests {
    use rsa::RsaPrivateKey;
    use rsa::traits::PublicKeyParts as _;

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_private_half_and_keeps_its_zeros() {
        // The shortest whole number of 64 bits that the padding and the text fit into.
        let private = RsaPrivateKey::new(&mut OsRng, 704).expect("a key pair");
        let public = private.to_public_key();
        let open = |hex: &str| {
            let bytes = hex::decode(hex).expect("hex");
            private.decrypt(Oaep::new::<Sha256>(), &bytes).expect("sealed for this key")
        };
        let text = "refresh_1684466082562";
        // It is random: one in some hundreds begins with a zero byte.
        let zero = (0..20_000).find_map(|_| {
            let hex = sealed(&public, text).expect("sealed");
            assert_eq!(hex.len(), 2 * public.size());
            hex.starts_with("00").then_some(hex)
        });
        assert_eq!(open(&zero.expect("one with a leading zero")), text.as_bytes());
        let hex = sealed(&public, text).expect("sealed");
        assert_eq!(open(&hex), text.as_bytes());
        assert_eq!(hex, hex.to_lowercase());
        assert_ne!(sealed(&public, text).expect("sealed"), hex, "never the same twice");
    }

    #[test]
    fn the_platforms_key_makes_256_digits() {
        let path = path(1_684_466_082_562).expect("sealed");
        assert_eq!(path.len(), 256);
        assert!(path.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{path}");
    }
}
