use std::time::Duration;

/// The time, the breaker and the retries of a call.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct CallOptions {
    /// How long the call may take in all.
    pub(super) time: Duration,
    /// Whether the breaker must admit the call, and learns its result.
    pub(super) uses_breaker: bool,
    /// Whether the call is retried where that is safe and can help.
    pub(super) retries: bool,
}

impl CallOptions {
    /// The options of users' calls.
    pub(in super::super) fn of_call(time: Duration) -> Self {
        Self { time, uses_breaker: true, retries: true }
    }

    /// One attempt, which the breaker admits and counts.
    pub(in super::super) fn once(time: Duration) -> Self {
        Self { retries: false, ..Self::of_call(time) }
    }

    /// One attempt, which the breaker neither admits nor counts.
    pub(in super::super) fn bypassing_breaker(time: Duration) -> Self {
        Self { time, uses_breaker: false, retries: false }
    }
}
