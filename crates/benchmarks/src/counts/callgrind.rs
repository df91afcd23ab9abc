//! Instructions, as valgrind's callgrind counts them.

use std::{env, fs, path::Path, process::Command};

use super::Api;
use crate::{child::Repeat, failure::Result, load::Op, peers::Peer};

/// Operations in all, in the shorter and in the longer of two runs: what they differ by is what these cost.
const OPERATIONS: [u64; 2] = [1_280, 6_400];

/// Instructions of one operation, in a process with nothing else in it and one thread; none without valgrind.
pub(super) fn instructions(url: &str, peer: &Peer, api: Api, op: Op, callers: usize) -> Result<Option<f64>> {
    let mut totals = [0.0; 2];
    for (total, operations) in totals.iter_mut().zip(OPERATIONS) {
        let turns = operations / callers as u64;
        let repeat = Repeat { client: peer.name.to_owned(), api, op, callers, turns, url: url.to_owned() };
        match run(&repeat)? {
            Some(instructions) => *total = instructions,
            None => return Ok(None),
        }
    }
    Ok(Some((totals[1] - totals[0]) / (OPERATIONS[1] - OPERATIONS[0]) as f64))
}

fn run(repeat: &Repeat) -> Result<Option<f64>> {
    // The other program: this one counts allocations, which is no work of the client's.
    let program = env::current_exe()?.with_file_name("benchmarks");
    if !program.exists() {
        return Err("build both programs: cargo build --release -p benchmarks".into());
    }
    let out = env::temp_dir().join(format!("callgrind.{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", out.display()));
    valgrind.arg(program).args(repeat.arguments());
    match valgrind.status() {
        Ok(status) if status.success() => read(&out).map(Some),
        Ok(status) => Err(format!("valgrind ended with {status}").into()),
        Err(_) => Ok(None),
    }
}

fn read(out: &Path) -> Result<f64> {
    let text = fs::read_to_string(out)?;
    fs::remove_file(out)?;
    total(&text).ok_or_else(|| "callgrind wrote no total".into())
}

fn total(text: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found() {
        assert_eq!(total("events: Ir\nfn=(1)\n1 2\n\ntotals: 12345\n"), Some(12345.0));
        assert_eq!(total("events: Ir\n"), None);
    }
}
