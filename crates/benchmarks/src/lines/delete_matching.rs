//! Deleting a million keys by pattern, beside redis-cli and a pipe.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    arena::Arena,
    arguments::Arguments,
    child::Sweep,
    failure::Result,
    harness::Line,
    peers::{OURS, Peer},
    results::Better,
};

const WORK: &str = "delete_matching_1m";
const KEYS: i64 = 1_000_000;
const PREFIX: &str = "victim";
const PIPE: &str = "redis-cli -h $HOST -p $PORT --scan --pattern 'victim:*' \
                    | xargs redis-cli -h $HOST -p $PORT unlink > /dev/null";

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    if arguments.quick || !arguments.wants(WORK, 1) {
        return Ok(Vec::new());
    }
    let rounds = Some(arguments.rounds.min(3));
    let ours =
        || Peer::new(OURS, "redis-service", "delete_matching of the async service, a process of its own");
    let mut speed = Line::new(WORK, 1, "keys/s", Better::Higher);
    speed.rounds = rounds;
    speed.add(ours(), |_| deleting(arena, || sweep(arena).map(|(time, _)| time)));
    let cli = Peer { name: "redis-cli", version: cli_version()?, config: PIPE };
    speed.add(cli, |_| deleting(arena, || pipe(arena)));

    let mut memory = Line::new(WORK, 1, "MiB", Better::Lower);
    memory.rounds = Some(1);
    memory.add(ours(), |_| {
        let mut peak = 0.0;
        deleting(arena, || {
            let (time, memory) = sweep(arena)?;
            peak = memory;
            Ok(time)
        })?;
        Ok(peak)
    });
    Ok(vec![speed, memory])
}

/// Keys per second. Fails if any are left, or if others are gone.
fn deleting(arena: &Arena, work: impl FnOnce() -> Result<Duration>) -> Result<f64> {
    let mut cli = arena.server.cli()?;
    let before = cli.integer(&["DBSIZE"])?;
    cli.text(&["DEBUG", "POPULATE", &KEYS.to_string(), PREFIX, "100"])?;
    if cli.integer(&["DBSIZE"])? != before + KEYS {
        return Err("the keys are not there".into());
    }
    let time = work()?;
    let left = cli.integer(&["DBSIZE"])?;
    if left != before {
        return Err(format!("{left} keys instead of {before}").into());
    }
    Ok(KEYS as f64 / time.as_secs_f64())
}

/// The time, and the memory in MiB.
fn sweep(arena: &Arena) -> Result<(Duration, f64)> {
    Sweep { pattern: format!("{PREFIX}:*"), url: arena.server.url() }.measure()
}

fn pipe(arena: &Arena) -> Result<Duration> {
    let started = Instant::now();
    let mut shell = Command::new("sh");
    shell.args(["-c", PIPE]).env("HOST", arena.server.host()).env("PORT", arena.server.port().to_string());
    match shell.status()? {
        status if status.success() => Ok(started.elapsed()),
        status => Err(format!("the pipe ended with {status}").into()),
    }
}

fn cli_version() -> Result<String> {
    let said = Command::new("redis-cli").arg("--version").output()?.stdout;
    Ok(String::from_utf8(said)?.trim().trim_start_matches("redis-cli ").to_owned())
}
