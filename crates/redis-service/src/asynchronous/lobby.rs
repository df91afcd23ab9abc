use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tokio::time::{Sleep, sleep_until};

use super::{
    door::Arrivals,
    link::Shared,
    waiters::{Departure, Waiters},
};
use crate::{Error, clock};

/// Where callers wait until their commands are sent.
///
/// It also has the one timer for the deadlines of all calls, sent or not: a timer for each would cost more than all
/// else that is done for it here.
pub(super) struct Lobby {
    shared: Arc<Shared>,
    /// Where the door is emptied to.
    entering: Arrivals,
    waiters: Waiters,
    due: Due,
}

impl Lobby {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let shared = Arc::clone(shared);
        Self { shared, entering: Arrivals::default(), waiters: Waiters::default(), due: Due::default() }
    }

    /// Lets everybody in who has called. `false` if nobody can call any more.
    ///
    /// Whoever comes later has the driver woken.
    pub(super) fn enter(&mut self) -> bool {
        let is_open = self.shared.door.let_in(&mut self.entering);
        if !self.entering.callers.is_empty() {
            let longest = clock::now() + self.shared.endpoint.config.response_timeout;
            if let Some(first) = self.waiters.admit(&mut self.entering, longest) {
                self.due.include(first);
            }
        }
        is_open
    }

    /// The time, once a deadline has passed: of somebody here, or of somebody who was here.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        self.due.poll(cx)
    }

    /// Turns away whose time has run out, and forgets who has gone. `elsewhere` is until when those wait who are not
    /// here any more.
    pub(super) fn expire(&mut self, now: Instant, elsewhere: impl IntoIterator<Item = Instant>) {
        for exchange in self.waiters.expire(now) {
            exchange.fail(self.shared.unsent_in_time());
        }
        self.waiters.untils().chain(elsewhere).for_each(|until| self.due.include(until));
    }

    /// Does `work`, and sees to those who wait meanwhile.
    pub(super) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.poll_wait(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until somebody waits here, or nobody can call any more (`false`).
    pub(super) async fn is_called(&mut self) -> bool {
        poll_fn(|cx| {
            let is_open = self.poll_wait(cx);
            if self.waiters.is_empty() && is_open {
                return Poll::Pending;
            }
            Poll::Ready(!self.waiters.is_empty())
        })
        .await
    }

    /// Lets in who calls, and turns away whose time has run out. `false` if nobody can call any more.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> bool {
        let is_open = self.enter();
        while let Poll::Ready(now) = self.poll_due(cx) {
            self.expire(now, None);
        }
        self.shared.count(self.waiters.len());
        is_open
    }

    /// Appends the commands of the next caller to what is sent now. Who has no time left is turned away.
    pub(super) fn depart(&mut self, now: Instant, sending: &mut Vec<u8>) -> Option<Departure> {
        let shared = &self.shared;
        self.waiters.depart(now, sending, |exchange| {
            exchange.fail(shared.unsent_in_time());
        })
    }

    pub(super) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Tells everybody who waits.
    pub(super) fn fail(&mut self, error: &Error) {
        self.enter();
        for exchange in self.waiters.remove_all() {
            exchange.fail(error.clone());
        }
    }

    /// Lets nobody in any more, and tells everybody.
    pub(super) fn shut(&mut self, error: &Error) {
        let outside = self.shared.door.shut();
        for exchange in self.waiters.remove_all().into_iter().chain(outside) {
            exchange.fail(error.clone());
        }
        self.shared.count(0);
    }
}

/// A timer for the earliest of many deadlines.
#[derive(Default)]
struct Due {
    at: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Due {
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

    /// The time, once the earliest deadline has passed. All that are left are to be included again.
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
