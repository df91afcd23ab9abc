//! Small values, while one more task fetches a large one over and over through the same client.

use crate::{
    arena::Arena, arguments::Arguments, failure::Result, harness::Line, results::Better, statistics::quantile,
};

const WORK: &str = "async_small_among_large_p99";
const CALLERS: usize = 16;
const LARGE: &str = "large";
const BYTES: usize = 8 << 20;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    if !arguments.wants(WORK, CALLERS) {
        return Ok(Vec::new());
    }
    arena.server.cli()?.text(&["SET", LARGE, &"x".repeat(BYTES)])?;
    let mut line = Line::new(WORK, CALLERS, "us", Better::Lower);
    for driver in arena.open_async(&arena.server.url())? {
        line.add(driver.peer(), move |time| {
            let mut latencies = driver.latencies_beside(&arena.runtime, CALLERS, &arena.keys, LARGE, time)?;
            Ok(quantile(&mut latencies, 0.99) as f64 / 1e3)
        });
    }
    Ok(vec![line])
}
