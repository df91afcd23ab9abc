use std::time::Duration;

/// How a call goes about it.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct CallOptions {
    /// How long it may take in all.
    pub(super) time: Duration,
    /// Whether the breaker is asked, and told how it went.
    pub(super) asks_breaker: bool,
    /// Whether it is tried again where that is safe and can help.
    pub(super) retries: bool,
}

impl CallOptions {
    /// As users' calls are made.
    pub(in super::super) fn of_call(time: Duration) -> Self {
        Self { time, asks_breaker: true, retries: true }
    }

    /// One attempt, as one of the calls of the breaker.
    pub(in super::super) fn once(time: Duration) -> Self {
        Self { retries: false, ..Self::of_call(time) }
    }

    /// One attempt, whatever the breaker says, and unknown to it.
    pub(in super::super) fn past_breaker(time: Duration) -> Self {
        Self { time, asks_breaker: false, retries: false }
    }
}
