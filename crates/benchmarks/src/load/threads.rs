//! Callers that are threads.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Keys, Op, verify, warm_up};
use crate::{failure::Result, peers::BlockingClient};

/// Fails unless the client reads what is stored, and stores what is read.
pub(crate) fn check<C: BlockingClient>(client: &C, keys: &Keys) -> Result<()> {
    let (read, written, user) = (&keys.read[7], &keys.write[7], &keys.users[7]);
    let mut client = client.for_thread()?;
    if client.get(read)?.as_ref() != Some(user) {
        return Err("did not read the value that is stored".into());
    }
    if client.get("nothing:here")?.is_some() {
        return Err("read a value that is not there".into());
    }
    client.set(written, user)?;
    if client.get(written)?.as_ref() != Some(user) {
        return Err("did not store the value".into());
    }
    Ok(())
}

/// GETs per second of all threads together.
pub(crate) fn throughput<C: BlockingClient>(
    client: &C,
    callers: usize,
    keys: &Keys,
    time: Duration,
) -> Result<f64> {
    let (stop, counts) = (AtomicBool::new(false), AtomicBool::new(false));
    let ready = Barrier::new(callers + 1);
    thread::scope(|scope| {
        let work = |caller| {
            let connected = client.for_thread();
            // Whatever came of it: the others wait here.
            ready.wait();
            let mut client = connected?;
            let (mut done, mut turn) = (0_u64, 0);
            while !stop.load(Ordering::Relaxed) {
                let place = keys.place(caller, turn);
                verify(client.get(&keys.read[place])?.as_ref(), &keys.users[place])?;
                turn += 1;
                done += u64::from(counts.load(Ordering::Relaxed));
            }
            Ok(done)
        };
        let threads: Vec<_> = (0..callers).map(|caller| scope.spawn(move || work(caller))).collect();
        ready.wait();
        thread::sleep(warm_up(time));
        let started = Instant::now();
        counts.store(true, Ordering::Relaxed);
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        let elapsed = started.elapsed().as_secs_f64();
        let mut done = 0;
        for thread in threads {
            done += thread.join().map_err(|_| "a caller panicked")?.map_err(|error: crate::Failure| error)?;
        }
        Ok(done as f64 / elapsed)
    })
}

/// How long each GET of one thread took, in nanoseconds.
pub(crate) fn latencies<C: BlockingClient>(client: &C, keys: &Keys, time: Duration) -> Result<Vec<u64>> {
    let mut client = client.for_thread()?;
    timed(&mut client, keys, warm_up(time))?;
    timed(&mut client, keys, time)
}

/// So many operations by one thread, for what counts and does not time.
pub(crate) fn turns<C: BlockingClient>(client: &C, op: Op, keys: &Keys, turns: u64) -> Result<()> {
    let mut client = client.for_thread()?;
    for turn in 0..turns {
        let place = keys.place(0, turn);
        match op {
            Op::Get => verify(client.get(&keys.read[place])?.as_ref(), &keys.users[place])?,
            Op::Set => client.set(&keys.write[place], &keys.users[place])?,
        }
    }
    Ok(())
}

fn timed<C: BlockingClient>(client: &mut C, keys: &Keys, time: Duration) -> Result<Vec<u64>> {
    let mut latencies = Vec::with_capacity(1 << 16);
    let mut before = Instant::now();
    let end = before + time;
    while before < end {
        let place = keys.place(0, latencies.len() as u64);
        verify(client.get(&keys.read[place])?.as_ref(), &keys.users[place])?;
        let after = Instant::now();
        latencies.push(u64::try_from((after - before).as_nanos())?);
        before = after;
    }
    Ok(latencies)
}
