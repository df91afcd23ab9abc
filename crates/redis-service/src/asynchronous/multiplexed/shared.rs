use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::queue::RequestQueue;
use crate::{
    error::{Error, ErrorKind, Stage},
    topology::Endpoint,
};

/// The state that callers and driver share.
pub(super) struct LinkState {
    pub(super) endpoint: Arc<Endpoint>,
    /// The reason why there is no connection; `None` while there is one, or the first is being opened.
    trouble: Mutex<Option<Error>>,
    /// Whether there is a connection.
    is_connected: AtomicBool,
    /// The number of calls that wait for an answer, as the driver last counted.
    in_flight_count: AtomicU32,
    pub(super) queue: Arc<RequestQueue>,
}

impl LinkState {
    pub(super) fn new(endpoint: Arc<Endpoint>, queue: Arc<RequestQueue>) -> Self {
        let (trouble, is_connected, in_flight_count) =
            (Mutex::default(), AtomicBool::default(), AtomicU32::default());
        Self { endpoint, trouble, is_connected, in_flight_count, queue }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub(super) fn in_flight_count(&self) -> u32 {
        self.in_flight_count.load(Ordering::Relaxed)
    }

    pub(super) fn connected(&self) {
        self.is_connected.store(true, Ordering::Relaxed);
        self.set_trouble(None);
    }

    pub(super) fn disconnected(&self, error: Error) {
        let error = self.endpoint.blame(error);
        self.is_connected.store(false, Ordering::Relaxed);
        // The caller that gets this error has sent nothing yet.
        self.set_trouble(Some(error.with_outcome(Stage::Unsent.outcome())));
    }

    /// Notes that a connection broke and there is no other yet.
    pub(super) fn connection_lost(&self, error: Error) {
        self.endpoint.lost_connection(&error);
        if error.is_unavailable() {
            self.disconnected(error);
        } else {
            // The error of the last reply is not the reason why the next caller has no connection.
            self.is_connected.store(false, Ordering::Relaxed);
        }
    }

    fn set_trouble(&self, trouble: Option<Error>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(super) fn count(&self, in_flight_count: usize) {
        self.in_flight_count.store(u32::try_from(in_flight_count).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// The error of a caller whose time ran out before its commands were sent.
    pub(super) fn unsent_timeout(&self) -> Error {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        trouble.unwrap_or_else(|| Error::new(ErrorKind::Timeout, "no connection in time"))
    }
}
