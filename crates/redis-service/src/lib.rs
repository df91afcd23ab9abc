//! Redis for Rust services.
