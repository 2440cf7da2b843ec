//! The send path against a real server.
