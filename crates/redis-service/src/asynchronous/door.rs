use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
};

use super::exchange::Exchange;

/// Where callers and driver meet: callers leave their commands here, and have the driver woken.
///
/// Of many callers only the first wakes it, and it takes all of them at once.
#[derive(Default)]
pub(super) struct Door {
    state: Mutex<State>,
    is_closed: AtomicBool,
    is_renewed: AtomicBool,
}

#[derive(Default)]
struct State {
    callers: Vec<Arc<Exchange>>,
    driver: Option<Waker>,
    /// Nobody is left who could call.
    is_abandoned: bool,
    /// Nobody is left who could answer.
    is_shut: bool,
}

impl Door {
    /// Leaves commands here; `false` if nobody would come for them.
    pub(super) fn enter(&self, exchange: Arc<Exchange>) -> bool {
        let mut state = self.state();
        if state.is_shut {
            return false;
        }
        state.callers.push(exchange);
        if state.callers.len() == 1 {
            wake(state);
        }
        true
    }

    /// Moves everybody to `lobby`, which is empty. `false` if nobody can come any more.
    pub(super) fn let_in(&self, lobby: &mut Vec<Arc<Exchange>>) -> bool {
        let mut state = self.state();
        mem::swap(&mut state.callers, lobby);
        !state.is_abandoned
    }

    /// Nobody comes for what is left here any more.
    pub(super) fn shut(&self) -> Vec<Arc<Exchange>> {
        let mut state = self.state();
        state.is_shut = true;
        mem::take(&mut state.callers)
    }

    /// The link is to end.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        wake(self.state());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// The connection is to be replaced.
    pub(super) fn renew(&self) {
        self.is_renewed.store(true, Ordering::Release);
        wake(self.state());
    }

    /// Whether the connection is to be replaced; says so once.
    pub(super) fn take_renewed(&self) -> bool {
        self.is_renewed.load(Ordering::Acquire) && self.is_renewed.swap(false, Ordering::AcqRel)
    }

    /// Has the driver woken from now on. It must look afterwards: somebody may have been here before.
    pub(super) fn listen(&self, cx: &Context<'_>) {
        self.state().driver = Some(cx.waker().clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(state: MutexGuard<'_, State>) {
    let driver = state.driver.clone();
    drop(state);
    if let Some(driver) = driver {
        driver.wake();
    }
}

/// The callers' side of the door: when the last clone of it is dropped, nobody is left who could call.
pub(super) struct Entrance(pub(super) Arc<Door>);

impl Drop for Entrance {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_abandoned = true;
        wake(state);
    }
}
