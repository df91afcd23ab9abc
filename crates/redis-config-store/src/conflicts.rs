//! The pauses of an update that lost a race: it starts over from the new value.

use std::time::Duration;

use redis_service_runtime::{Backoff, Jitter};

/// How many conflicts in a row an update accepts.
pub const MOST: u32 = 500;

const BACKOFF: Backoff = Backoff::linear(Duration::from_millis(1), Duration::from_millis(50));

/// The pause after this many conflicts in a row: a random part of a pause that grows with them, so that competing
/// writers spread out. `random` is from 0 to 1.
#[must_use]
pub fn pause(conflicts: u32, random: f64) -> Duration {
    Jitter::Full.apply(BACKOFF.after(conflicts), random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_a_millisecond_up_to_fifty() {
        let longest = [1, 2, 49, 50, 51, MOST].map(|conflicts| pause(conflicts, 1.0).as_millis());
        assert_eq!(longest, [1, 2, 49, 50, 50, 50]);
        assert_eq!(pause(10, 0.5), Duration::from_millis(5));
    }
}
