use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::{super::store::Shared, runtime::Mailbox};
use crate::{
    roster::{Word, Words},
    rung::Rung,
};

/// Whom to tell.
#[derive(Debug)]
pub(super) struct Ear {
    pub(super) shared: Weak<Shared>,
    bell: Arc<Mailbox<Rung>>,
    pub(super) interval: Duration,
}

/// Tells members what concerns them, while nothing is locked.
pub(super) fn tell(words: Words<Arc<Ear>>) {
    for (ear, word) in words {
        ear.tell(word);
    }
}

impl Ear {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let (bell, interval) = (Arc::clone(&shared.bell), shared.options.interval);
        Self { shared: Arc::downgrade(shared), bell, interval }
    }

    fn tell(&self, word: Word) {
        match word {
            Word::Rung(rung) => drop(self.bell.put(|rungs| rungs.add(rung))),
            Word::Tracking(tracking) => {
                self.bell.put(|rung| rung.is_tracked = tracking.is_ok());
                if let Some(shared) = self.shared.upgrade() {
                    shared.desk().health.tracking(tracking);
                }
            }
            Word::Refused(error) => {
                if let Some(shared) = self.shared.upgrade() {
                    shared.desk().health.listening(Err(error));
                }
            }
            Word::Unheard(error) => {
                self.bell.put(|rung| rung.is_tracked = false);
                if let Some(shared) = self.shared.upgrade() {
                    let health = &mut shared.desk().health;
                    health.listening(Err(error));
                    health.tracks_no_more();
                }
            }
        }
    }
}
