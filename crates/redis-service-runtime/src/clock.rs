//! The only place that reads a clock. All policy code takes the time as a parameter.

#![expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]

use std::time::{Instant, SystemTime};

/// Returns the monotonic time, to measure and wait by.
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// Returns the calendar's time, for values that leave the process.
#[must_use]
pub fn wall() -> SystemTime {
    SystemTime::now()
}
