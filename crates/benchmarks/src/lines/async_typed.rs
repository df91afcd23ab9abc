//! Typed values through the async clients.

use std::rc::Rc;

use crate::{
    arena::Arena, arguments::Arguments, failure::Result, harness::Line, load::Op, results::Better,
    statistics::quantile,
};

const THROUGHPUT: [(&str, Op); 2] = [("async_get_typed", Op::Get), ("async_set_typed", Op::Set)];
const CALLERS: [usize; 3] = [1, 64, 256];
const P50: &str = "async_get_typed_p50";

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    let works = THROUGHPUT.map(|(work, _)| work);
    if !works
        .into_iter()
        .chain([P50])
        .any(|work| CALLERS.iter().any(|callers| arguments.wants(work, *callers)))
    {
        return Ok(Vec::new());
    }
    let drivers = arena.open_async(&arena.server.url())?;
    let mut lines = Vec::new();
    for (work, op) in THROUGHPUT {
        for callers in CALLERS {
            let mut line = Line::new(work, callers, "ops/s", Better::Higher);
            for driver in &drivers {
                let driver = Rc::clone(driver);
                line.add(driver.peer(), move |time| {
                    driver.throughput(&arena.runtime, op, callers, &arena.keys, time)
                });
            }
            lines.push(line);
        }
    }
    let mut line = Line::new(P50, 1, "us", Better::Lower);
    for driver in drivers {
        line.add(driver.peer(), move |time| {
            let mut latencies = driver.latencies(&arena.runtime, 1, &arena.keys, time)?;
            Ok(quantile(&mut latencies, 0.5) as f64 / 1e3)
        });
    }
    lines.push(line);
    Ok(lines)
}
