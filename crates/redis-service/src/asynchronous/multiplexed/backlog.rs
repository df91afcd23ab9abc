use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tokio::time::{Sleep, sleep_until};

use super::{
    queue::Queued,
    shared::LinkState,
    unsent::{Dequeued, UnsentRequests},
};
use crate::{clock, error::Error};

/// The requests that the driver has taken from the queue and not sent yet.
///
/// It also has the one timer for the deadlines of all calls, sent or not: a timer for each would cost more
/// than all the rest of the driver's work for it.
pub(super) struct Backlog {
    shared: Arc<LinkState>,
    /// The buffer that the queue is emptied into.
    queued: Queued,
    unsent: UnsentRequests,
    due: DeadlineTimer,
}

impl Backlog {
    pub(super) fn new(shared: &Arc<LinkState>) -> Self {
        let shared = Arc::clone(shared);
        Self {
            shared,
            queued: Queued::default(),
            unsent: UnsentRequests::default(),
            due: DeadlineTimer::default(),
        }
    }

    /// Takes the queued requests. Returns `false` once no caller is left. Later requests wake the driver.
    pub(super) fn take_queued(&mut self) -> bool {
        let is_open = self.shared.queue.take_all(&mut self.queued);
        if !self.queued.requests.is_empty() {
            let longest = clock::now() + self.shared.endpoint.config.response_timeout;
            if let Some(first) = self.unsent.enqueue(&mut self.queued, longest) {
                self.due.include(first);
            }
        }
        is_open
    }

    /// Returns the time once a deadline has passed: the deadline of a request here, or of one that was here.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        self.due.poll(cx)
    }

    /// Fails the requests whose time has run out, and forgets those whose caller has gone. `elsewhere`: the
    /// deadlines of requests that are already sent.
    pub(super) fn expire(&mut self, now: Instant, elsewhere: impl IntoIterator<Item = Instant>) {
        for request in self.unsent.expire(now) {
            request.fail(self.shared.unsent_timeout());
        }
        self.unsent.untils().chain(elsewhere).for_each(|until| self.due.include(until));
    }

    /// Does `work`, and meanwhile enforces the requests' deadlines.
    pub(super) async fn enforcing_deadlines<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.poll_wait(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until there is a request (`true`), or no caller is left (`false`).
    pub(super) async fn wait_for_request(&mut self) -> bool {
        poll_fn(|cx| {
            let is_open = self.poll_wait(cx);
            if self.unsent.is_empty() && is_open {
                return Poll::Pending;
            }
            Poll::Ready(!self.unsent.is_empty())
        })
        .await
    }

    /// Takes the queued requests, and fails those whose time has run out. Returns `false` once no caller is
    /// left.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> bool {
        let is_open = self.take_queued();
        while let Poll::Ready(now) = self.poll_due(cx) {
            self.expire(now, None);
        }
        self.shared.count(self.unsent.len());
        is_open
    }

    /// Appends the commands of the next request to the bytes to send. Requests without time left fail.
    pub(super) fn dequeue(&mut self, now: Instant, sending: &mut Vec<u8>) -> Option<Dequeued> {
        let shared = &self.shared;
        self.unsent.dequeue(now, sending, |request| {
            request.fail(shared.unsent_timeout());
        })
    }

    pub(super) fn len(&self) -> usize {
        self.unsent.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Fails every request.
    pub(super) fn fail(&mut self, error: &Error) {
        self.take_queued();
        for request in self.unsent.remove_all() {
            request.fail(error.clone());
        }
    }

    /// Closes the queue, and fails every request.
    pub(super) fn shut(&mut self, error: &Error) {
        let outside = self.shared.queue.shut();
        for request in self.unsent.remove_all().into_iter().chain(outside) {
            request.fail(error.clone());
        }
        self.shared.count(0);
    }
}

/// A timer for the earliest of many deadlines.
#[derive(Default)]
struct DeadlineTimer {
    at: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl DeadlineTimer {
    fn include(&mut self, deadline: Instant) {
        if self.at.is_some_and(|at| at <= deadline) {
            return;
        }
        self.at = Some(deadline);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(deadline.into()),
            None => self.sleep = Some(Box::pin(sleep_until(deadline.into()))),
        }
    }

    /// Returns the time once the earliest deadline has passed. The caller must then include all remaining
    /// deadlines again.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        if let (Some(at), Some(sleep)) = (self.at, &mut self.sleep)
            && sleep.as_mut().poll(cx).is_ready()
        {
            self.at = None;
            // The runtime's clock may be ahead of ours.
            return Poll::Ready(clock::now().max(at));
        }
        Poll::Pending
    }
}
