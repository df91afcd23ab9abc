use std::time::Instant;

use crate::{
    read::{Source, State},
    watch::ResetReason,
};

/// The state of the namespace at one moment, for observers.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) number: u64,
    pub(crate) state: State,
    pub(crate) source: Source,
    /// When Redis was asked that confirmed it; `None` if it never did.
    pub(crate) confirmed: Option<Instant>,
    /// The last update that reported a loss. Keys that are gone since then were not deleted by a commit.
    last_reset: Option<(u64, ResetReason)>,
}

/// Keeps a part of the state, and is notified of each update.
pub(crate) trait Observer: Send + Sync {
    fn observe(&self, update: &Update);
}

/// Numbers updates, so that an observer can ignore one that a later one has overtaken.
#[derive(Debug, Default)]
pub(crate) struct Updates {
    count: u64,
    last_reset: Option<(u64, ResetReason)>,
}

impl Updates {
    /// The next update. `confirmed` is when Redis was asked that confirmed the state, `reset` the loss that it reports, if
    /// any.
    pub(crate) fn next(
        &mut self,
        state: State,
        confirmed: Option<Instant>,
        reset: Option<ResetReason>,
    ) -> Update {
        self.count += 1;
        let source = if confirmed.is_some() { Source::Local } else { Source::Disk };
        if let Some(reason) = reset {
            self.last_reset = Some((self.count, reason));
        }
        Update { number: self.count, state, source, confirmed, last_reset: self.last_reset }
    }
}

impl Update {
    /// The loss to report to an observer whose last update has this number: it may have missed the update that reported
    /// it.
    pub(crate) fn reset_since(&self, number: u64) -> Option<ResetReason> {
        // A new observer learns only of a loss that this update reports.
        let since = if number == 0 { self.number - 1 } else { number };
        self.last_reset.filter(|(at, _)| *at > since).map(|(_, reason)| reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overtaken_loss_is_still_reported_but_not_to_new_observers() {
        let mut updates = Updates::default();
        let mut next = |reset| updates.next(State::default(), None, reset);
        let first = next(None);
        let lost = next(Some(ResetReason::Emptied));
        let later = next(None);
        assert_eq!(later.reset_since(first.number), Some(ResetReason::Emptied));
        assert_eq!(later.reset_since(lost.number), None);
        assert_eq!((later.reset_since(0), lost.reset_since(0)), (None, Some(ResetReason::Emptied)));
    }
}
