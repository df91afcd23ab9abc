//! `cargo run --release -p benchmarks -- --help`

fn main() -> Result<(), benchmarks::Failure> {
    benchmarks::measure()
}
