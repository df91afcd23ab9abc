use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::queue::RequestQueue;
use crate::{
    error::{Error, ErrorKind, Stage},
    topology::Endpoint,
};

/// What callers and driver know of each other.
pub(super) struct Shared {
    pub(super) endpoint: Arc<Endpoint>,
    /// Why there is no connection; `None` while there is one, or the first is being made.
    trouble: Mutex<Option<Error>>,
    /// Whether there is a connection.
    is_connected: AtomicBool,
    /// How many calls are waiting for an answer, as the driver last counted.
    under_way: AtomicU32,
    pub(super) queue: Arc<RequestQueue>,
}

impl Shared {
    pub(super) fn new(endpoint: Arc<Endpoint>, queue: Arc<RequestQueue>) -> Self {
        let (trouble, is_connected, under_way) =
            (Mutex::default(), AtomicBool::default(), AtomicU32::default());
        Self { endpoint, trouble, is_connected, under_way, queue }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub(super) fn under_way(&self) -> u32 {
        self.under_way.load(Ordering::Relaxed)
    }

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
