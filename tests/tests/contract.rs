//! The platforms' drivers against the sandbox: every ability in both forms of the replies, nasty
//! replies, wrong inputs, and sign-ins that ended. Both sides were written from the documents, neither
//! from the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod contract {
    mod abilities;
    mod covers;
    mod evening;
    mod gap;
    mod inputs;
    mod moderation;
    mod outcomes;
    mod replies;
    mod sign_in;
    mod stage;
}
