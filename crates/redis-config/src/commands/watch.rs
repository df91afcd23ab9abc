use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime},
};

use redis_config_store::{ConfigStore, StoreOptions, Watch};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use super::{health, told::Teller};
use crate::{
    arguments::Common,
    connect::Session,
    exit::Exit,
    failure::{Failure, Result},
    output::Output,
    time::roughly,
};

pub(super) struct Wanted {
    pub(super) prefix: String,
    pub(super) exact: bool,
    pub(super) interval: Duration,
    pub(super) fail_if_stale: Option<Duration>,
}

/// How soon a signal, a closed pipe and a change of the freshness are noticed.
const TICK: Duration = Duration::from_millis(100);

/// How many events wait for a slow terminal; the others wait in the store, which reads them from the log.
const WAITING: usize = 16;

pub(super) fn run(common: &Common, output: &mut Output, wanted: &Wanted) -> Result<()> {
    let ended = end_on_signals()?;
    // To be able to tell that it is not stale, Redis must be asked more often.
    let interval = wanted.fail_if_stale.map_or(wanted.interval, |most| wanted.interval.min(most / 2));
    let session = Session::open_with(common, StoreOptions::default().with_interval(interval))?;
    let watch = match (wanted.exact, &*wanted.prefix) {
        (true, key) => Watch::key(key),
        (false, "") => Watch::all(),
        (false, prefix) => Watch::prefix(prefix),
    };
    let (tell, told) = mpsc::sync_channel(WAITING);
    let watcher = session.store.watch(watch.log()).map_err(Failure::reading)?;
    let _watching = watcher.on_change(move |event| drop(tell.send(event)));
    let mut guard = Guard { started: Instant::now(), most: wanted.fail_if_stale, freshness: "" };
    let mut teller = Teller { output, namespace: session.store.namespace() };
    while !ended.load(Ordering::Relaxed) {
        let event = told.recv_timeout(TICK);
        match event {
            Ok(event) => teller.event(&event)?,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        guard.look(&session.store, &mut teller)?;
        teller.output.flush()?;
        if teller.output.is_closed() {
            break;
        }
    }
    Ok(())
}

/// The first of these signals ends what is being done; the second ends it at once.
fn end_on_signals() -> Result<Arc<AtomicBool>> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let registered = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&ended));
        let registered = registered.and_then(|_| flag::register(signal, Arc::clone(&ended)));
        registered.map_err(|error| Failure::file("signals cannot be waited for", &error))?;
    }
    Ok(ended)
}

/// Whether what is shown is current.
struct Guard {
    started: Instant,
    most: Option<Duration>,
    /// The last one that was told.
    freshness: &'static str,
}

impl Guard {
    fn look(&mut self, store: &ConfigStore, teller: &mut Teller<'_>) -> Result<()> {
        let status = store.status();
        let now = health::freshness(&status.freshness);
        // Until something was shown there is nothing to be fresh.
        let is_expected = now.word == "Fresh" || now.word == "NotReady" && status.last_error.is_none();
        let is_quiet_start = self.freshness.is_empty() && is_expected;
        if now.word != self.freshness && !(is_quiet_start && now.word == "NotReady") {
            if !is_quiet_start {
                teller.freshness(&now, &status, SystemTime::now())?;
            }
            self.freshness = now.word;
        }
        // It will not come to be allowed.
        let error = status.last_error.as_ref().filter(|_| status.age.is_none());
        if let Some(error) = error.filter(|error| !error.is_unavailable()) {
            return Err(Failure::reading(error.clone()));
        }
        let age = status.age.unwrap_or_else(|| self.started.elapsed());
        if let Some(most) = self.most.filter(|most| *most < age) {
            let message =
                format!("Redis has confirmed nothing for {}, more than {}", roughly(age), roughly(most));
            return Err(Failure::new(Exit::Stale, "stale", message));
        }
        Ok(())
    }
}
