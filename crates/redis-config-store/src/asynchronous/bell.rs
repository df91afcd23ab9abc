use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::rung::Rung;

/// Wakes the one task that follows a namespace. What rings while it is busy is one ring.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
    notify: Notify,
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
        self.notify.notify_one();
    }

    /// Waits for a ring, or for `time`.
    pub(crate) async fn wait(&self, time: Duration) -> Rung {
        let heard = tokio::time::timeout(time, self.rung()).await;
        heard.unwrap_or_default()
    }

    async fn rung(&self) -> Rung {
        loop {
            let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner).take();
            if rung.is_rung() {
                return rung;
            }
            self.notify.notified().await;
        }
    }
}
