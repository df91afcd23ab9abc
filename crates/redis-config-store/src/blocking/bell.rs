use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::rung::Rung;

/// Wakes the one thread that follows a namespace. What rings while it is busy is one ring.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    bell: Condvar,
}

impl Bell {
    pub(crate) fn hint(&self) {
        self.ring(|rung| rung.is_hinted = true);
    }

    pub(crate) fn ask(&self) {
        self.ring(|rung| rung.is_asked = true);
    }

    pub(crate) fn stop(&self) {
        self.ring(|rung| rung.is_stopped = true);
    }

    fn ring(&self, how: impl FnOnce(&mut Rung)) {
        how(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_all();
    }

    /// Waits for a ring, or for `time`.
    pub(crate) fn wait(&self, time: Duration) -> Rung {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(rung, time, |rung| !rung.is_rung());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}
