//! Which keys there are, and what is done to them.

use std::time::Duration;

/// Counted up by `update`.
pub(crate) const COUNTERS: [&str; 2] = ["count.0", "count.1"];

/// Always committed together, with one token.
pub(crate) const PAIR: [&str; 3] = ["pair.a", "pair.b", "pair.c"];

/// Put, deleted and rolled back.
pub(crate) const FREE: [&str; 3] = ["free.0", "free.1", "free.2"];

pub(crate) const NAMESPACE: &str = "checked";
pub(crate) const KEYS: [&str; 2] = ["{cs:checked}:cur", "{cs:checked}:log"];

pub(crate) const WRITERS: usize = 4;

/// Between two calls of a writer, in milliseconds. A commit that is sent again is recognised among the last 128: all
/// writers together must not make more while one of them tries.
pub(crate) const PAUSE: std::ops::Range<u64> = 20..60;

/// Long enough that only the faults trim the log; they keep what they trim.
pub(crate) const HISTORY: u64 = 1 << 40;

/// How often followers read without an announcement.
pub(crate) const INTERVAL: Duration = Duration::from_millis(500);

/// How long followers may take to hold what the server holds, after the last fault.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const FLAGS: &str = "Ktgxe";
