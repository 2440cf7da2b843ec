//! Which program keeps the secrets right now, to notice that the one a call waits for is gone.
//!
//! A Secret Service that dies while it asks for the password never answers: the call would wait for good.

use std::sync::Arc;

/// Tells which program answers for the keyring; `None` when there is none or it can't change.
pub(crate) type Keeper = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The system's. It asks the session bus, not the keyring, so it answers at once even when that hangs.
pub(crate) fn system() -> Keeper {
    Arc::new(owner)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn owner() -> Option<String> {
    let bus = zbus::blocking::Connection::session().ok()?;
    let name = zbus::names::BusName::try_from("org.freedesktop.secrets").ok()?;
    let owner = zbus::blocking::fdo::DBusProxy::new(&bus).ok()?.get_name_owner(name).ok()?;
    Some(owner.to_string())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn owner() -> Option<String> {
    None
}
