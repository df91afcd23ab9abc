use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
    time::Instant,
};

use super::exchange::{Caller, Exchange};

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
    arrivals: Arrivals,
    driver: Option<Waker>,
    /// Nobody is left who could call.
    is_abandoned: bool,
    /// Nobody is left who could answer.
    is_shut: bool,
}

/// Those who have called.
#[derive(Default)]
pub(super) struct Arrivals {
    pub(super) callers: Vec<Arrival>,
    /// The commands of all of them, one after the other, but for large ones.
    pub(super) wire: Vec<u8>,
}

pub(super) struct Arrival {
    pub(super) exchange: Exchange,
    /// When the caller waits no longer.
    pub(super) deadline: Instant,
    pub(super) commands: Commands,
}

/// Where a caller's commands are.
pub(super) enum Commands {
    /// So many of the bytes that are shared.
    Shared(usize),
    Own(Vec<u8>),
}

impl Commands {
    /// How many of the shared bytes are theirs.
    pub(super) fn shared(&self) -> usize {
        match self {
            Self::Shared(bytes) => *bytes,
            Self::Own(_) => 0,
        }
    }

    /// How many bytes they have in memory of their own.
    pub(super) fn own(&self) -> usize {
        match self {
            Self::Shared(_) => 0,
            Self::Own(own) => own.len(),
        }
    }
}

/// Commands with more bytes than these are written to memory of their own: others must not wait for that.
const LARGE: usize = 16 * 1024;

/// By how much commands may have more bytes than they say.
const INEXACT: usize = 32;

impl Door {
    /// Leaves commands here, of about so many bytes and with so many replies; `None` if nobody would come for them.
    pub(super) fn enter(
        &self,
        bytes: usize,
        replies: usize,
        deadline: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Option<Caller> {
        let (exchange, caller) = Exchange::new(replies);
        let mut own = Vec::new();
        let write = if bytes > LARGE {
            own.reserve(bytes + INEXACT);
            write(&mut own);
            None
        } else {
            Some(write)
        };
        // After a panic in here there may be bytes that are nobody's: what follows would be sent under another's name.
        let mut state = self.state.lock().ok()?;
        if state.is_shut {
            return None;
        }
        let before = state.arrivals.wire.len();
        let commands = match write {
            Some(write) => {
                write(&mut state.arrivals.wire);
                Commands::Shared(state.arrivals.wire.len() - before)
            }
            None => Commands::Own(own),
        };
        state.arrivals.callers.push(Arrival { exchange, deadline, commands });
        if state.arrivals.callers.len() == 1 {
            wake(state);
        }
        Some(caller)
    }

    /// Moves everybody to `lobby`, which is empty. `false` if nobody can come any more.
    pub(super) fn let_in(&self, lobby: &mut Arrivals) -> bool {
        let mut state = self.state();
        mem::swap(&mut state.arrivals, lobby);
        !state.is_abandoned
    }

    /// Nobody comes for what is left here any more.
    pub(super) fn shut(&self) -> Vec<Exchange> {
        let mut state = self.state();
        state.is_shut = true;
        mem::take(&mut state.arrivals).callers.into_iter().map(|arrival| arrival.exchange).collect()
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
        // Nothing but `enter` could panic while it holds the lock, and it looks.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    #[test]
    fn commands_arrive_as_they_were_written_small_or_large() {
        let door = Door::default();
        let deadline = clock::now() + Duration::from_secs(1);
        let enter = |byte: u8, length: usize| {
            door.enter(length, 1, deadline, |wire| wire.resize(wire.len() + length, byte)).unwrap()
        };
        let callers = [enter(1, 3), enter(2, LARGE + 1), enter(3, LARGE)];
        let mut arrivals = Arrivals::default();
        assert!(door.let_in(&mut arrivals));
        assert_eq!(arrivals.callers.len(), callers.len());
        assert_eq!(arrivals.wire, [vec![1; 3], vec![3; LARGE]].concat());
        let commands = arrivals.callers.iter().map(|arrival| &arrival.commands);
        let bytes: Vec<_> = commands.map(|commands| (commands.shared(), commands.own())).collect();
        assert_eq!(bytes, [(3, 0), (0, LARGE + 1), (LARGE, 0)]);
    }

    #[test]
    fn nobody_enters_once_nobody_would_come() {
        let door = Door::default();
        assert!(door.shut().is_empty());
        assert!(door.enter(1, 1, clock::now(), |wire| wire.push(0)).is_none());
    }

    #[test]
    fn nothing_is_sent_after_half_of_a_command() {
        let door = Door::default();
        let enter = |half: bool| {
            door.enter(2, 1, clock::now(), |wire| {
                wire.push(0);
                assert!(!half, "on purpose");
                wire.push(0);
            })
        };
        let caller = enter(false);
        assert!(caller.is_some());
        assert!(std::thread::scope(|scope| scope.spawn(|| enter(true)).join()).is_err());
        assert!(enter(false).is_none());
    }
}
