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

use super::{event_printer::EventPrinter, health};
use crate::{
    arguments::Common,
    connect::OpenStore,
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

/// How many events are queued for a slow terminal; the store reads the others from the log later.
const WAITING: usize = 16;

pub(super) fn run(common: &Common, output: &mut Output, wanted: &Wanted) -> Result<()> {
    let ended = end_on_signals()?;
    // To notice staleness in time, Redis must be asked more often.
    let interval = wanted.fail_if_stale.map_or(wanted.interval, |most| wanted.interval.min(most / 2));
    let session = OpenStore::open_with(common, StoreOptions::default().with_interval(interval))?;
    let watch = match (wanted.exact, &*wanted.prefix) {
        (true, key) => Watch::key(key),
        (false, "") => Watch::all(),
        (false, prefix) => Watch::prefix(prefix),
    };
    let (events, received) = mpsc::sync_channel(WAITING);
    let watcher = session.store.watch(watch.log()).map_err(Failure::reading)?;
    let _watching = watcher.on_change(move |event| drop(events.send(event)));
    let mut guard = Guard { started: Instant::now(), most: wanted.fail_if_stale, freshness: "" };
    let mut printer = EventPrinter { output, namespace: session.store.namespace(), place: &session.place };
    while !ended.load(Ordering::Relaxed) {
        let event = received.recv_timeout(TICK);
        match event {
            Ok(event) => printer.event(&event)?,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        guard.check(&session.store, &mut printer)?;
        printer.output.flush()?;
        if printer.output.is_closed() {
            break;
        }
    }
    Ok(())
}

/// The first of these signals ends the command when it can; the second ends it at once.
fn end_on_signals() -> Result<Arc<AtomicBool>> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let registered = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&ended));
        let registered = registered.and_then(|_| flag::register(signal, Arc::clone(&ended)));
        registered.map_err(|error| Failure::file("signals cannot be waited for", &error))?;
    }
    Ok(ended)
}

/// Checks whether what is shown is current.
struct Guard {
    started: Instant,
    most: Option<Duration>,
    /// The freshness that was printed last.
    freshness: &'static str,
}

impl Guard {
    fn check(&mut self, store: &ConfigStore, printer: &mut EventPrinter<'_>) -> Result<()> {
        let status = store.status();
        let now = health::freshness(&status.freshness);
        // Before the first event there is nothing that could be fresh.
        let is_expected = now.word == "Fresh" || now.word == "NotReady" && status.last_error.is_none();
        let is_quiet_start = self.freshness.is_empty() && is_expected;
        if now.word != self.freshness && !(is_quiet_start && now.word == "NotReady") {
            if !is_quiet_start {
                printer.freshness(&now, &status, SystemTime::now())?;
            }
            self.freshness = now.word;
        }
        // A missing right does not resolve itself.
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
