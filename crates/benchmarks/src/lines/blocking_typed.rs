//! Typed values through the blocking clients.

use std::rc::Rc;

use crate::{
    arena::Arena, arguments::Arguments, failure::Result, harness::Line, results::Better, statistics::quantile,
};

const WORK: &str = "blocking_get_typed";
const P50: &str = "blocking_get_typed_p50";
const CALLERS: [usize; 3] = [1, 8, 32];

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    if ![WORK, P50].iter().any(|work| CALLERS.iter().any(|callers| arguments.wants(work, *callers))) {
        return Ok(Vec::new());
    }
    let drivers = arena.open_blocking()?;
    let mut lines = Vec::new();
    for callers in CALLERS {
        let mut line = Line::new(WORK, callers, "ops/s", Better::Higher);
        for driver in &drivers {
            let driver = Rc::clone(driver);
            line.add(driver.peer(), move |time| driver.throughput(callers, &arena.keys, time));
        }
        lines.push(line);
    }
    let mut line = Line::new(P50, 1, "us", Better::Lower);
    for driver in drivers {
        line.add(driver.peer(), move |time| {
            let mut latencies = driver.latencies(&arena.keys, time)?;
            Ok(quantile(&mut latencies, 0.5) as f64 / 1e3)
        });
    }
    lines.push(line);
    Ok(lines)
}
