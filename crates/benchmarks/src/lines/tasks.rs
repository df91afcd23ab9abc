//! Ten thousand tasks on one client, in a process of their own: its sockets, and its memory at its peak.

use crate::{
    arena::Arena,
    arguments::Arguments,
    child::Crowd,
    failure::Result,
    harness::Line,
    peers::{ASYNC, open_async},
    results::Better,
};

const WORK: &str = "tasks_10k";
const TASKS: usize = 10_000;
const TURNS: u64 = 20;

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    if !arguments.wants(WORK, TASKS) {
        return Ok(Vec::new());
    }
    let mut line = Line::new(WORK, TASKS, "sockets", Better::Lower);
    line.units.push(("MiB", Better::Lower));
    // Neither varies much.
    line.rounds = Some(if arguments.quick { 1 } else { arguments.rounds.min(3) });
    for name in ASYNC {
        let url = arena.server.url();
        let peer = arena.runtime.block_on(open_async(name, &url))?.peer();
        line.add_many(peer, move |_| {
            Crowd { client: name.to_owned(), tasks: TASKS, turns: TURNS, url: url.clone() }.measure()
        });
    }
    Ok(vec![line])
}
