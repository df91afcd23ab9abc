use std::{
    thread,
    time::{Duration, Instant},
};

/// Far longer than what a test waits for takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(5);

/// Waits until `condition` holds.
///
/// ```
/// let mut rounds = 0;
/// redis_testkit::eventually("three rounds are over", || {
///     rounds += 1;
///     rounds == 3
/// });
/// ```
///
/// # Panics
///
/// After 10 s, with `awaited` in the message.
#[track_caller]
pub fn eventually(awaited: &str, mut condition: impl FnMut() -> bool) {
    let wait = Wait::until(awaited);
    while !condition() {
        wait.pause();
    }
}

/// The limit of [`eventually`], for a loop that does more than check a condition.
///
/// ```
/// let mut rounds = 0;
/// let wait = redis_testkit::Wait::until("three rounds are over");
/// while rounds < 3 {
///     rounds += 1;
///     wait.pause();
/// }
/// ```
#[derive(Debug)]
pub struct Wait {
    awaited: String,
    started: Instant,
}

impl Wait {
    /// The time between two checks.
    pub const PAUSE: Duration = PAUSE;

    /// Starts a wait; `awaited` completes the sentence "waited in vain until".
    pub fn until(awaited: impl Into<String>) -> Self {
        Self { awaited: awaited.into(), started: Instant::now() }
    }

    /// Checks that the wait has not lasted too long.
    ///
    /// # Panics
    ///
    /// If 10 s have passed since [`until`](Self::until).
    #[track_caller]
    pub fn check(&self) {
        assert!(self.started.elapsed() < LIMIT, "waited {LIMIT:?} in vain until {}", self.awaited);
    }

    /// Blocks the thread for a moment, after a [`check`](Self::check).
    ///
    /// # Panics
    ///
    /// As [`check`](Self::check).
    #[track_caller]
    pub fn pause(&self) {
        self.check();
        thread::sleep(PAUSE);
    }
}
