//! The circuit breaker of a server that does not answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// Sets when a server's circuit breaker opens, so that calls fail at once instead of waiting for their
/// deadline, and how it closes again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// Whether there is a circuit breaker. Default: true.
    pub enabled: bool,
    /// The share of calls in `window` that must fail for it to open: above 0, at most 1. Default: 0.5.
    pub failure_rate: f64,
    /// How many calls in `window` must fail for it to open. Default: 20.
    pub min_failures: u32,
    /// How far back the breaker looks. Default: 10 s.
    #[serde(with = "duration::required")]
    pub window: Duration,
    /// How long the breaker stays open the first time; doubled each time a probe fails. Default: 5 s.
    #[serde(with = "duration::required")]
    pub open_for: Duration,
    /// The longest time that the breaker stays open. Default: 60 s.
    #[serde(with = "duration::required")]
    pub max_open_for: Duration,
    /// How many calls are sent to probe the server, and must succeed, before the breaker closes. Default: 3.
    pub probes: u32,
}

impl BreakerConfig {
    /// Switches the breaker off.
    #[must_use]
    pub fn off() -> Self {
        Self { enabled: false, ..Self::default() }
    }

    /// Sets [`failure_rate`](Self::failure_rate) and [`min_failures`](Self::min_failures).
    #[must_use]
    pub fn with_threshold(self, failure_rate: f64, min_failures: u32) -> Self {
        Self { failure_rate, min_failures, ..self }
    }

    /// Sets [`window`](Self::window).
    #[must_use]
    pub fn with_window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// Sets [`open_for`](Self::open_for) and [`max_open_for`](Self::max_open_for).
    #[must_use]
    pub fn with_open_for(self, first: Duration, longest: Duration) -> Self {
        Self { open_for: first, max_open_for: longest, ..self }
    }

    /// Sets [`probes`](Self::probes).
    #[must_use]
    pub fn with_probes(self, probes: u32) -> Self {
        Self { probes, ..self }
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            failure_rate: 0.5,
            min_failures: 20,
            window: Duration::from_secs(10),
            open_for: Duration::from_secs(5),
            max_open_for: Duration::from_secs(60),
            probes: 3,
        }
    }
}
