//! `cargo run --release -p benchmarks --bin counts -- LABEL`

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), benchmarks::Failure> {
    benchmarks::count(|| ALLOCATOR.stats())
}
