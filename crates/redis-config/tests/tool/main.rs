//! The built program, run against private servers.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod editing;
mod failing;
mod fixture;
mod generated_docs;
mod namespaces;
mod reading;
mod terminal;
mod transfer;
mod watching;
mod writing;
