//! Retries and the pauses between them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// Sets how many times a call is tried within its deadline, and how long it pauses in between.
///
/// The pause before the n-th retry is random: between zero and `base` doubled n - 1 times, but never more
/// than `cap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The highest number of attempts, the first included. 1 means no retry. Default: 3.
    pub attempts: u32,
    /// The longest first pause. Default: 100 ms.
    #[serde(with = "duration::required")]
    pub base: Duration,
    /// The longest pause of all. Default: 2 s.
    #[serde(with = "duration::required")]
    pub cap: Duration,
}

impl RetryPolicy {
    /// Switches retries off: one attempt.
    #[must_use]
    pub fn none() -> Self {
        Self::default().with_attempts(1)
    }

    /// Sets [`attempts`](Self::attempts).
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Sets [`base`](Self::base) and [`cap`](Self::cap).
    #[must_use]
    pub fn with_pauses(self, base: Duration, cap: Duration) -> Self {
        Self { base, cap, ..self }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(100), cap: Duration::from_secs(2) }
    }
}
