//! Kaibo vault.
