use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedSender, unbounded_channel},
        watch,
    },
    time::timeout_at,
};

use super::{
    Execute,
    driver::Driver,
    dual::run_script,
    exchange::{Answer, Caller, Exchange},
};
use crate::{
    Command, ConnectionStatus, Deadline, Error, ErrorKind, Pipeline, Reply, Result, ScriptCall, clock,
    error::Stage, settings::Settings,
};

/// A queue in front of one connection, which many callers share.
#[derive(Clone)]
pub struct Link {
    queue: UnboundedSender<Arc<Exchange>>,
    shared: Arc<Shared>,
}

/// What callers and driver know of each other.
pub(super) struct Shared {
    pub(super) settings: Settings,
    /// Why there is no connection; `None` while there is one, or the first is being made.
    trouble: Mutex<Option<Error>>,
    /// Whether there is a connection.
    is_connected: AtomicBool,
    /// How many calls are waiting for an answer.
    under_way: AtomicU32,
    /// How many callers in a row gave up waiting for an answer.
    given_up: AtomicU32,
    pub(super) reconnect: Notify,
    closed: watch::Sender<bool>,
}

impl Link {
    /// A link, and the task that connects it. Call it inside a tokio runtime.
    pub(crate) fn open(settings: Settings) -> Self {
        let (queue, receiver) = unbounded_channel();
        let shared = Arc::new(Shared {
            settings,
            trouble: Mutex::new(None),
            is_connected: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            given_up: AtomicU32::new(0),
            reconnect: Notify::new(),
            closed: watch::channel(false).0,
        });
        tokio::spawn(Driver::new(receiver, Arc::clone(&shared)).run());
        Self { queue, shared }
    }

    /// Ends the task and its connection. Calls under way, and all later ones, fail with `Closed`.
    pub(crate) fn close(&self) {
        self.shared.closed.send_replace(true);
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// # Errors
    ///
    /// `Closed` if the link was closed.
    pub(crate) fn check_open(&self) -> Result<()> {
        if *self.shared.closed.borrow() { Err(closed()) } else { Ok(()) }
    }

    async fn exchange(&self, wire: Vec<u8>, replies: usize, deadline: Deadline) -> Result<Answer> {
        let now = clock::now();
        self.check_open()?;
        if deadline.has_passed(now) {
            return Err(Deadline::passed());
        }
        let _under_way = UnderWay::new(&self.shared.under_way);
        let caller = Caller(Exchange::new(wire, replies));
        if self.queue.send(Arc::clone(&caller.0)).is_err() {
            return Err(closed());
        }
        let patience = deadline.or_after(now, self.shared.settings.config.response_timeout);
        let mut caller = caller;
        match timeout_at(patience.instant().into(), &mut caller).await {
            Ok(answer) => answer,
            Err(_) => match caller.give_up() {
                Ok(answer) => answer,
                Err(stage) => Err(self.shared.gave_up(stage)),
            },
        }
    }
}

impl Execute for Link {
    async fn run(&self, command: &Command, deadline: Deadline) -> Result<Reply> {
        let mut wire = Vec::new();
        command.write_to(&mut wire);
        match self.exchange(wire, 1, deadline).await? {
            Answer::One(value) => Reply::from_server(value),
            Answer::Many(_) => Err(Error::unexpected_reply("one reply", "several")),
        }
    }

    async fn pipeline(&self, pipeline: &Pipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        // Nothing would come back, and the next caller's reply be taken for the answer.
        if pipeline.replies() == 0 {
            return Ok(Vec::new());
        }
        let mut wire = Vec::new();
        pipeline.write_to(&mut wire);
        let values = match self.exchange(wire, pipeline.replies(), deadline).await? {
            Answer::One(value) => vec![value],
            Answer::Many(values) => values,
        };
        pipeline.settle(values)
    }

    async fn script(&self, call: &ScriptCall, deadline: Deadline) -> Result<Reply> {
        run_script(self, call, deadline).await
    }

    fn reconnect(&self) {
        // Without one there is nothing to replace, and the next will be new anyway.
        if self.shared.is_connected.load(Ordering::Relaxed) {
            self.shared.reconnect.notify_one();
        }
    }

    fn refresh(&self) {
        if self.shared.settings.has_rotated() {
            self.reconnect();
        }
    }

    fn status(&self) -> ConnectionStatus {
        ConnectionStatus {
            open: u32::from(self.shared.is_connected.load(Ordering::Relaxed)),
            in_use: self.shared.under_way.load(Ordering::Relaxed),
            limit: 1,
        }
    }
}

impl Shared {
    pub(super) fn connected(&self) {
        self.is_connected.store(true, Ordering::Relaxed);
        self.set_trouble(None);
        self.heard();
    }

    pub(super) fn disconnected(&self, error: Error) {
        self.is_connected.store(false, Ordering::Relaxed);
        // Whoever meets this error has sent nothing yet.
        self.set_trouble(Some(error.with_outcome(Stage::Unsent.outcome())));
    }

    /// A connection broke, and there is no other yet.
    pub(super) fn broke(&self, error: Error) {
        if error.is_unavailable() {
            self.disconnected(error);
        } else {
            // What was wrong with its last reply is not why the next caller has no connection.
            self.is_connected.store(false, Ordering::Relaxed);
        }
    }

    fn set_trouble(&self, trouble: Option<Error>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(super) fn heard(&self) {
        self.given_up.store(0, Ordering::Relaxed);
    }

    /// How many callers in a row gave up waiting, with nothing heard in between.
    pub(super) fn given_up(&self) -> u32 {
        self.given_up.load(Ordering::Relaxed)
    }

    pub(super) async fn closing(&self) {
        let mut closed = self.closed.subscribe();
        // The sender lives as long as `self`.
        drop(closed.wait_for(|closed| *closed).await);
    }

    /// The error of a caller whose time ran out.
    fn gave_up(&self, stage: Stage) -> Error {
        match stage {
            Stage::Sent => {
                self.given_up.fetch_add(1, Ordering::Relaxed);
                Error::new(ErrorKind::Timeout, "no answer in time").with_outcome(stage.outcome())
            }
            Stage::Unsent => {
                let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
                trouble.unwrap_or_else(|| Error::new(ErrorKind::Timeout, "no connection in time"))
            }
        }
    }
}

/// Counts a call for as long as it waits.
struct UnderWay<'a>(&'a AtomicU32);

impl<'a> UnderWay<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the service was closed")
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceConfig;

    #[tokio::test]
    async fn a_pipeline_without_commands_waits_for_nothing() {
        let nowhere = ServiceConfig::default().with_topology(crate::Topology::standalone("127.0.0.1", 1));
        let link = Link::open(Settings::of(nowhere).unwrap());
        let deadline = Deadline::after(clock::now(), std::time::Duration::from_secs(60));
        let replies = link.pipeline(&Pipeline::new(), deadline).await.unwrap();
        assert!(replies.is_empty());
    }
}
