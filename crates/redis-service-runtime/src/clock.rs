//! The one place that reads a clock. Everything pure takes the time as a parameter.

#![expect(clippy::disallowed_methods, reason = "the one place that reads a clock")]

use std::time::{Instant, SystemTime};

/// The time, for what is measured and waited for.
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// The time of the calendar, for what others are told.
#[must_use]
pub fn wall() -> SystemTime {
    SystemTime::now()
}
