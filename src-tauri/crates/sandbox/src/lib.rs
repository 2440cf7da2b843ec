//! Kaibo sandbox.
