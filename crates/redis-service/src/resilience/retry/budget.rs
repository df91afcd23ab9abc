use std::sync::atomic::{AtomicU32, Ordering};

/// What all calls of a service may spend on retries together, so that a server in trouble does not get
/// several times its usual load on top.
///
/// A token bucket: a retry costs, a retry that helped is refunded, and every other success pays a little in.
/// When it is empty, failures are final at once; that is, retries stay below a tenth of the successes.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

const FULL: u32 = 1_000;
const RETRY: u32 = 10;
const SUCCESS: u32 = 1;

impl RetryBudget {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(FULL))
    }

    /// Pays for a retry, if there is enough.
    pub(crate) fn withdraw(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| tokens.checked_sub(RETRY)).is_ok()
    }

    /// A call succeeded, after a retry or at once.
    pub(crate) fn refund(&self, after_retry: bool) {
        // The usual case, a full bucket, writes nothing.
        if self.0.load(Ordering::Relaxed) < FULL {
            let amount = if after_retry { RETRY } else { SUCCESS };
            let add = |tokens: u32| Some((tokens + amount).min(FULL));
            // The closure never declines.
            let _always = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_budget_forbids_retries_until_calls_succeed() {
        let budget = RetryBudget::new();
        let retries = (0..1_000).filter(|_| budget.withdraw()).count();
        assert_eq!(retries, 100);
        for _ in 0..9 {
            budget.refund(false);
        }
        assert!(!budget.withdraw());
        budget.refund(false);
        assert!(budget.withdraw());
    }

    #[test]
    fn a_retry_that_helped_costs_nothing() {
        let budget = RetryBudget::new();
        for _ in 0..10_000 {
            assert!(budget.withdraw());
            budget.refund(true);
        }
    }
}
