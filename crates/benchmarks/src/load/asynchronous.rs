//! Callers that are tasks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Keys, Op, verify, warm_up};
use crate::{failure::Result, peers::AsyncClient};

/// What a caller does over and over. Each caller has a clone of its own.
pub(crate) trait Work: Clone + Send + Sync + 'static {
    fn turn(&mut self, caller: usize, turn: u64) -> impl Future<Output = Result<()>> + Send;
}

/// Typed values, one at a time.
#[derive(Clone)]
pub(crate) struct Typed<C> {
    pub(crate) client: C,
    pub(crate) op: Op,
    pub(crate) keys: Keys,
}

impl<C: AsyncClient> Work for Typed<C> {
    async fn turn(&mut self, caller: usize, turn: u64) -> Result<()> {
        let place = self.keys.place(caller, turn);
        let user = &self.keys.users[place];
        match self.op {
            Op::Get => verify(self.client.get(&self.keys.read[place]).await?.as_ref(), user),
            Op::Set => self.client.set(&self.keys.write[place], user).await,
        }
    }
}

/// Fails unless the client reads what is stored, and stores what is read.
pub(crate) async fn check<C: AsyncClient>(mut client: C, keys: &Keys) -> Result<()> {
    let (read, written, user) = (&keys.read[7], &keys.write[7], &keys.users[7]);
    if client.get(read).await?.as_ref() != Some(user) {
        return Err("did not read the value that is stored".into());
    }
    if client.get("nothing:here").await?.is_some() {
        return Err("read a value that is not there".into());
    }
    client.set(written, user).await?;
    if client.get(written).await?.as_ref() != Some(user) {
        return Err("did not store the value".into());
    }
    Ok(())
}

/// Turns per second of all callers together.
pub(crate) async fn throughput(work: &impl Work, callers: usize, time: Duration) -> Result<f64> {
    for_a_while(work, callers, warm_up(time)).await?;
    let started = Instant::now();
    let done = for_a_while(work, callers, time).await?;
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

/// So many turns of each caller, for what counts and does not time.
pub(crate) async fn turns(work: &impl Work, callers: usize, turns: u64) -> Result<()> {
    sum((0..callers).map(|caller| tokio::spawn(repeat(work.clone(), caller, Until::Done(turns)))).collect())
        .await
        .map(drop)
}

/// How long each turn took, in nanoseconds.
pub(crate) async fn latencies(work: &impl Work, callers: usize, time: Duration) -> Result<Vec<u64>> {
    timed(work, callers, warm_up(time)).await?;
    timed(work, callers, time).await
}

/// The same, while one more task fetches `large` over and over.
pub(crate) async fn latencies_beside<C: AsyncClient>(
    work: &Typed<C>,
    callers: usize,
    large: &str,
    time: Duration,
) -> Result<Vec<u64>> {
    let stop = Arc::new(AtomicBool::new(false));
    let fetching: JoinHandle<Result<u64>> = {
        let (mut client, large, stop) = (work.client.clone(), large.to_owned(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut fetched = 0;
            while !stop.load(Ordering::Relaxed) {
                if client.get_bytes(&large).await? == 0 {
                    return Err("the large value is not there".into());
                }
                fetched += 1;
            }
            Ok(fetched)
        })
    };
    let latencies = latencies(work, callers, time).await;
    stop.store(true, Ordering::Relaxed);
    if fetching.await?? == 0 {
        return Err("no large value was fetched".into());
    }
    latencies
}

async fn for_a_while(work: &impl Work, callers: usize, time: Duration) -> Result<u64> {
    let stop = Arc::new(AtomicBool::new(false));
    let until = || Until::Stopped(Arc::clone(&stop));
    let tasks = (0..callers).map(|caller| tokio::spawn(repeat(work.clone(), caller, until()))).collect();
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    sum(tasks).await
}

/// When a caller ends.
enum Until {
    Stopped(Arc<AtomicBool>),
    Done(u64),
}

impl Until {
    fn is_over(&self, done: u64) -> bool {
        match self {
            Self::Stopped(stop) => stop.load(Ordering::Relaxed),
            Self::Done(turns) => done >= *turns,
        }
    }
}

async fn repeat(mut work: impl Work, caller: usize, until: Until) -> Result<u64> {
    let mut done = 0;
    while !until.is_over(done) {
        work.turn(caller, done).await?;
        done += 1;
    }
    Ok(done)
}

async fn sum(tasks: Vec<JoinHandle<Result<u64>>>) -> Result<u64> {
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(done)
}

async fn timed(work: &impl Work, callers: usize, time: Duration) -> Result<Vec<u64>> {
    let end = Instant::now() + time;
    let tasks: Vec<JoinHandle<Result<Vec<u64>>>> =
        (0..callers).map(|caller| tokio::spawn(repeat_timed(work.clone(), caller, end))).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.append(&mut task.await??);
    }
    Ok(latencies)
}

async fn repeat_timed(mut work: impl Work, caller: usize, end: Instant) -> Result<Vec<u64>> {
    let mut latencies = Vec::with_capacity(1 << 16);
    let mut before = Instant::now();
    while before < end {
        work.turn(caller, latencies.len() as u64).await?;
        let after = Instant::now();
        latencies.push(u64::try_from((after - before).as_nanos())?);
        before = after;
    }
    Ok(latencies)
}
