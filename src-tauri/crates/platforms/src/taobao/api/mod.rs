//! One file a call.

pub(super) mod fetch_origin;
