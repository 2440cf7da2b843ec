//! Kaibo platforms.
