//! What one operation costs, where a noisy machine matters less: allocations, processor time, instructions.

mod callgrind;
mod page;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use stats_alloc::Stats;

use crate::{arena::Arena, failure::Result, lines::open_live, load::Op, peers::Peer};

/// One client at one kind of work.
pub(crate) struct Row {
    pub(crate) peer: Peer,
    pub(crate) api: Api,
    pub(crate) op: Op,
    pub(crate) callers: usize,
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
    /// Of this process, in nanoseconds.
    pub(crate) processor: f64,
    /// None without valgrind.
    pub(crate) instructions: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Async,
    Blocking,
}

/// So many turns of each caller.
type Turns<'a> = Box<dyn Fn(u64) -> Result<()> + 'a>;

const LOADS: usize = 100_000;
const OPS: [Op; 2] = [Op::Get, Op::Set];

/// Counts, and writes the section named `label` of `docs/benchmarks/counts.md`.
pub(crate) fn run(label: &str, stats: fn() -> Stats) -> Result<()> {
    let arena = Arena::open()?;
    let mut rows = Vec::new();
    for (api, op, callers) in [(Api::Async, 1), (Api::Async, 64), (Api::Blocking, 1)]
        .into_iter()
        .flat_map(|(api, callers)| OPS.map(|op| (api, op, callers)))
    {
        count(&arena, api, op, callers, stats, &mut rows)?;
    }
    page::write(label, &rows, live_allocations(&arena, stats)?)
}

fn count(
    arena: &Arena,
    api: Api,
    op: Op,
    callers: usize,
    stats: fn() -> Stats,
    rows: &mut Vec<Row>,
) -> Result<()> {
    let turns = 40_000 / callers as u64;
    let url = arena.server.url();
    let clients: Vec<(Peer, Turns<'_>)> = match api {
        Api::Async => (arena.open_async(&url)?.into_iter())
            .map(|client| -> (Peer, Turns<'_>) {
                let peer = client.peer();
                let work = move |turns| client.turns(&arena.runtime, op, callers, &arena.keys, turns);
                (peer, Box::new(work))
            })
            .collect(),
        Api::Blocking => (arena.open_blocking()?.into_iter())
            .map(|client| -> (Peer, Turns<'_>) {
                (client.peer(), Box::new(move |turns| client.turns(op, &arena.keys, turns)))
            })
            .collect(),
    };
    for (peer, work) in clients {
        work(turns / 4)?;
        let (before, processor) = (stats(), processor_time());
        work(turns)?;
        let (used, processor) = (stats() - before, processor_time() - processor);
        let each = |total: usize| total as f64 / (turns * callers as u64) as f64;
        let row = Row {
            allocations: each(used.allocations + used.reallocations),
            bytes: each(used.bytes_allocated),
            processor: processor.as_nanos() as f64 / (turns * callers as u64) as f64,
            instructions: callgrind::instructions(&url, &peer, api, op, callers)?,
            peer,
            api,
            op,
            callers,
        };
        println!("{}", page::line(&row));
        rows.push(row);
    }
    Ok(())
}

/// What a hundred thousand loads of a followed value allocate.
fn live_allocations(arena: &Arena, stats: fn() -> Stats) -> Result<usize> {
    let live = open_live(arena)?;
    // The follower works beside us for a moment.
    std::thread::sleep(Duration::from_millis(500));
    let before = stats();
    let found = (0..LOADS).filter(|_| live.load().is_some()).count();
    let used = stats() - before;
    if found == LOADS { Ok(used.allocations) } else { Err("there was no value".into()) }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
