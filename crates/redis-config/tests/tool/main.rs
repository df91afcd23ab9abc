//! The tool as it is: the built program, run against servers of its own.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod editing;
mod failing;
mod fixture;
mod papers;
mod reading;
mod transfer;
mod watching;
mod writing;
