//! The page of results.

use std::{collections::BTreeSet, fmt::Write};

use super::{PLOTS, goals::GOALS, readable};
use crate::results::{Better, Record, Results};

pub(super) fn of(results: &Results) -> String {
    let Results { machine, server, rounds, lines } = results;
    let mut page = format!(
        "# Results

Written by `just bench`; [how it is measured](README.md), and the same figures in [results.json](results.json).

{machine}; redis-server {server}; {rounds} rounds (fewer of the long lines), their medians. The *spread* is that of our own
rounds: the distance from the lowest to the highest, as a share of the median. A factor in brackets says how far we are
ahead: above 1, whichever way is better.

## Goals

| work | callers | goal | measured | reached |
|---|--:|---|--:|---|
"
    );
    for record in lines {
        for verdict in GOALS.iter().filter_map(|goal| goal.judge(record)) {
            let reached = if verdict.reached { "yes" } else { "**no**" };
            let (work, callers) = (&record.work, record.callers);
            let _ = writeln!(
                page,
                "| {work} | {callers} | {} | {} | {reached} |",
                verdict.goal, verdict.measured
            );
        }
    }
    page += "\n## Every line\n";
    let mut works: Vec<&str> = Vec::new();
    for record in
        lines.iter().filter(|record| works.last() != Some(&record.work.as_str())).collect::<Vec<_>>()
    {
        if !works.contains(&record.work.as_str()) {
            works.push(&record.work);
        }
    }
    for work in works {
        let records: Vec<_> = lines.iter().filter(|record| record.work == work).collect();
        let _ = write!(page, "\n### {work}\n\n{}\n{}", table(&records), configurations(&records));
        if let Some((work, title)) = PLOTS.iter().find(|(plotted, _)| *plotted == work) {
            let _ = write!(page, "\n![{title}]({work}.svg)\n");
        }
    }
    page
}

fn table(records: &[&Record]) -> String {
    let names: BTreeSet<_> = records.iter().flat_map(|record| record.peers.keys()).collect();
    let mut text = "| callers | unit | ours | spread |".to_owned();
    for name in &names {
        let _ = write!(text, " {name} |");
    }
    text += "\n|--:|---|--:|--:|";
    text += &"--:|".repeat(names.len());
    text.push('\n');
    for record in records {
        let better = match record.better {
            Better::Higher => "more is better",
            Better::Lower => "less is better",
        };
        let (ours, spread) = (readable(record.ours), record.spread * 100.0);
        let _ = write!(text, "| {} | {}, {better} | {ours} | {spread:.0} % |", record.callers, record.unit);
        for name in &names {
            let _ = match record.peers.get(*name) {
                Some(peer) => write!(text, " {} ({:.2}) |", readable(peer.value), peer.ratio),
                None => write!(text, " |"),
            };
        }
        text.push('\n');
    }
    text
}

/// How everybody who takes part is set up.
fn configurations(records: &[&Record]) -> String {
    let peers = records.iter().flat_map(|record| &record.peers);
    let lines: BTreeSet<_> =
        peers.map(|(name, peer)| format!("- {name} {}: {}\n", peer.version, peer.config)).collect();
    lines.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_every_ratio_and_whether_goals_are_reached() {
        let mut gets = Record::new("async_get_typed", 256, "ops/s", Better::Higher, &[300_000.0]);
        gets.add_peer("fred", "10.1.0", "one client", &[100_000.0]);
        gets.add_peer("rustis", "0.27.2", "a | b", &[300_000.0]);
        let tasks = Record::new("tasks_10k", 10_000, "sockets", Better::Lower, &[1.0]);
        let lines = vec![gets, tasks];
        let page = of(&Results { machine: "m".into(), server: "7.0.15".into(), rounds: 5, lines });
        for line in [
            "| async_get_typed | 256 | ≥ 2 × fred | 3.00 × | yes |",
            "| async_get_typed | 256 | ≥ 1.2 × rustis | 1.00 × | **no** |",
            "| tasks_10k | 10000 | ≤ 2 sockets | 1 sockets | yes |",
            "| callers | unit | ours | spread | fred | rustis |",
            "| 256 | ops/s, more is better | 300 k | 0 % | 100 k (3.00) | 300 k (1.00) |",
            "![Typed GET, async](async_get_typed.svg)",
            "- rustis 0.27.2: a | b",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in:\n{page}");
        }
    }
}
