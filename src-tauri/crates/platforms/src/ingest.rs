//! Asking an ingest whether video arrives.
