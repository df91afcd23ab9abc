//! Timings and counts of `redis-service`, and of the clients that one would use otherwise, in one process against one
//! server. How to run it, and what the figures mean: `docs/benchmarks/README.md`.

mod arena;
mod arguments;
mod child;
mod counts;
mod failure;
mod harness;
mod lines;
mod load;
mod output;
mod peers;
mod report;
mod results;
mod statistics;
mod user;

pub use failure::Failure;

/// Measures what the arguments of the program ask for, and writes it below `docs/benchmarks`.
///
/// # Errors
///
/// Whatever keeps a contender from doing its work: a figure of work that failed means nothing.
pub fn measure() -> Result<(), Failure> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == child::FLAG) {
        return child::run(&words[1..]);
    }
    let arguments = arguments::Arguments::parse(words)?;
    let arena = arena::Arena::open()?;
    let results = harness::run(&arena, &arguments)?;
    if arguments.writes() { report::write(&results) } else { Ok(()) }
}

/// Counts what one operation costs each client, as the section of `docs/benchmarks/counts.md` that the first argument
/// names. `stats` is that of the program's allocator.
///
/// # Errors
///
/// As those of [`measure`].
pub fn count(stats: fn() -> stats_alloc::Stats) -> Result<(), Failure> {
    let label = std::env::args().nth(1).ok_or("usage: counts LABEL")?;
    counts::run(&label, stats)
}
