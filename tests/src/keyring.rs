//! The system's keyring, read with the system's own tool.

use std::collections::BTreeMap;
use std::process::{Command, Output};

/// All entries under this build's service, by label: secret by name.
pub fn keyring() -> Vec<(String, BTreeMap<String, String>)> {
    let out = found();
    // A probe of the vault may be there for a moment: bytes of chance, which are neither text nor JSON.
    let text = String::from_utf8_lossy(&out.stdout);
    let mut entries = Vec::new();
    let mut label = String::new();
    for line in text.lines() {
        if let Some(found) = line.strip_prefix("label = ") {
            found.clone_into(&mut label);
        } else if let Some(secret) = line.strip_prefix("secret = ") {
            entries.extend(serde_json::from_str(secret).ok().map(|secrets| (label.clone(), secrets)));
        }
    }
    entries
}

/// What the search prints. It answers with nothing at all when one entry goes between being found and being read, as
/// the vault's probe does: then it is asked again.
fn found() -> Output {
    for _ in 0..100 {
        let out = Command::new("secret-tool")
            .args(["search", "--all", "--unlock", "service", "kaibo-dev"])
            .output()
            .expect("secret-tool starts (Debian package libsecret-tools)");
        if !String::from_utf8_lossy(&out.stderr).contains("No such secret item") {
            return out;
        }
    }
    panic!("entries go as fast as they are searched");
}

/// Takes away what an earlier test left.
pub(crate) fn empty_keyring() {
    let mut clear = Command::new("secret-tool");
    // It fails when there is nothing, and where the keyring is locked; both are fine.
    let _ = clear.args(["clear", "service", "kaibo-dev"]).status().expect("secret-tool starts");
}
