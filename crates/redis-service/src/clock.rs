//! The one place that reads a clock. Everything pure takes the time as a parameter.

use std::time::{Instant, SystemTime};

pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
