use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use super::{
    Execute,
    door::{Door, Entrance},
    driver::Driver,
    exchange::{Answer, Caller},
};
use crate::{
    Command, ConnectionStatus, Deadline, Error, ErrorKind, Pipeline, Reply, Result, error::Stage,
    topology::Endpoint,
};

/// A queue in front of one connection, which many callers share.
#[derive(Clone)]
pub(crate) struct Link {
    entrance: Arc<Entrance>,
    shared: Arc<Shared>,
}

/// What callers and driver know of each other.
pub(super) struct Shared {
    pub(super) endpoint: Arc<Endpoint>,
    /// Why there is no connection; `None` while there is one, or the first is being made.
    trouble: Mutex<Option<Error>>,
    /// Whether there is a connection.
    is_connected: AtomicBool,
    /// How many calls are waiting for an answer, as the driver last counted.
    under_way: AtomicU32,
    pub(super) door: Arc<Door>,
}

impl Link {
    /// A link, and the task that connects it. Call it inside a tokio runtime.
    pub(crate) fn open(endpoint: Arc<Endpoint>) -> Self {
        let door = Arc::new(Door::default());
        let shared = Arc::new(Shared {
            endpoint,
            trouble: Mutex::new(None),
            is_connected: AtomicBool::new(false),
            under_way: AtomicU32::new(0),
            door: Arc::clone(&door),
        });
        tokio::spawn(Driver::new(Arc::clone(&shared)).run());
        Self { entrance: Arc::new(Entrance(door)), shared }
    }

    /// Ends the task and its connection. Calls under way, and all later ones, fail with `Closed`.
    pub(crate) fn close(&self) {
        self.shared.door.close();
    }

    /// # Errors
    ///
    /// `Closed` if the link was closed.
    fn check_open(&self) -> Result<()> {
        if self.shared.door.is_closed() { Err(closed()) } else { Ok(()) }
    }

    /// Has commands sent: about so many bytes, which `write` appends, with so many replies. Whoever awaits what is
    /// handed out gets them, or is told that the time has run out: the driver sees to that.
    fn call(
        &self,
        bytes: usize,
        replies: usize,
        deadline: Deadline,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Caller> {
        self.check_open()?;
        self.entrance.0.enter(bytes, replies, deadline.instant(), write).ok_or_else(closed)
    }
}

impl Execute for Link {
    async fn run(&self, command: &Command, deadline: Deadline) -> Result<Reply> {
        let caller = self.call(command.size(), 1, deadline, |wire| command.write_to(wire))?;
        match caller.await? {
            Answer::One(value) => Reply::from_server(value),
            Answer::Many(_) => Err(Error::unexpected_reply("one reply", "several")),
        }
    }

    async fn pipeline(&self, pipeline: &Pipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        // Nothing would come back, and the next caller's reply be taken for the answer.
        if pipeline.replies() == 0 {
            return Ok(Vec::new());
        }
        let write = |wire: &mut Vec<u8>| pipeline.write_to(wire);
        let caller = self.call(pipeline.size(), pipeline.replies(), deadline, write)?;
        let values = match caller.await? {
            Answer::One(value) => vec![value],
            Answer::Many(values) => values,
        };
        pipeline.settle(values)
    }

    fn reconnect(&self) {
        // Without one there is nothing to replace, and the next will be new anyway.
        if self.shared.is_connected.load(Ordering::Relaxed) {
            self.shared.door.renew();
        }
    }

    fn refresh(&self) {
        if self.shared.endpoint.has_rotated() {
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
    }

    pub(super) fn disconnected(&self, error: Error) {
        let error = self.endpoint.blame(error);
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

    pub(super) fn count(&self, under_way: usize) {
        self.under_way.store(u32::try_from(under_way).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// The error of a caller whose time ran out before anything was sent.
    pub(super) fn unsent_in_time(&self) -> Error {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        trouble.unwrap_or_else(|| Error::new(ErrorKind::Timeout, "no connection in time"))
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
    use crate::{ServiceConfig, clock};

    #[tokio::test]
    async fn a_pipeline_without_commands_waits_for_nothing() {
        let nowhere = Endpoint::new("127.0.0.1", 1, Arc::new(ServiceConfig::default())).unwrap();
        let link = Link::open(Arc::new(nowhere));
        let deadline = Deadline::after(clock::now(), std::time::Duration::from_secs(60));
        let replies = link.pipeline(&Pipeline::new(), deadline).await.unwrap();
        assert!(replies.is_empty());
    }
}
