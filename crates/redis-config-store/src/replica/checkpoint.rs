use crate::{protocol::CurrentValues, watch::ResetReason};

/// A point in the history of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(super) epoch: String,
    pub(super) revision: u64,
    pub(super) head: String,
}

impl Checkpoint {
    pub(super) fn of(current: &CurrentValues) -> Self {
        let CurrentValues { epoch, revision, head, .. } = current;
        Self { epoch: epoch.clone(), revision: *revision, head: head.clone() }
    }

    /// How current values contradict this point, if they do not follow from it.
    pub(super) fn contradicts(&self, current: &CurrentValues) -> Option<ResetReason> {
        if self.epoch != current.epoch {
            Some(ResetReason::NewEpoch)
        } else if self.revision > current.revision {
            Some(ResetReason::Regressed)
        } else if self.revision == current.revision && self.head != current.head {
            Some(ResetReason::Forked)
        } else {
            None
        }
    }
}
