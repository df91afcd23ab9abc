use std::{
    panic, process,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
};

use scheduled_thread_pool::{OnPoolDropBehavior, ScheduledThreadPool};

use crate::error::{Error, ErrorKind, Result};

/// The thread of this process's pools, and the process that it runs in: a process that was forked off has
/// the memory, but not the threads.
static SHARED: Mutex<(u32, Weak<ScheduledThreadPool>)> = Mutex::new((0, Weak::new()));

/// Returns the thread that all pools of the process share. It makes places for connections, and drops
/// connections that were idle for long; it connects to no server. It ends with the last pool.
///
/// # Errors
///
/// `Connection` if the system provides no thread.
pub(super) fn shared() -> Result<Arc<ScheduledThreadPool>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    let (owner, current) = &*shared;
    if *owner == process
        && let Some(thread) = current.upgrade()
    {
        return Ok(thread);
    }
    let thread = Arc::new(started()?);
    *shared = (process, Arc::downgrade(&thread));
    Ok(thread)
}

fn started() -> Result<ScheduledThreadPool> {
    let start = || {
        ScheduledThreadPool::builder()
            .num_threads(1)
            .thread_name_pattern("redis-pool")
            .on_drop_behavior(OnPoolDropBehavior::DiscardPendingScheduled)
            .build()
    };
    // It panics if the system provides no thread, which ends a process that is built to abort: so one is tried first.
    let tried = thread::Builder::new().spawn(|| {});
    drop(tried.map_err(|error| no_thread().with_source(error))?.join());
    panic::catch_unwind(start).map_err(|_| no_thread())
}

fn no_thread() -> Error {
    Error::new(ErrorKind::Connection, "the system provides no thread for the pool")
}
