//! The system's keyring, read with the system's own tool.

use std::collections::BTreeMap;
use std::process::Command;

/// All entries under this build's service, by label: secret by name.
pub fn keyring() -> Vec<(String, BTreeMap<String, String>)> {
    let out = Command::new("secret-tool")
        .args(["search", "--all", "--unlock", "service", "kaibo-dev"])
        .output()
        .expect("secret-tool starts (Debian package libsecret-tools)");
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

/// Takes away what an earlier test left.
pub(crate) fn empty_keyring() {
    let mut clear = Command::new("secret-tool");
    // It fails when there is nothing, and where the keyring is locked; both are fine.
    let _ = clear.args(["clear", "service", "kaibo-dev"]).status().expect("secret-tool starts");
}
