#![expect(clippy::disallowed_types, reason = "`wait` blocks: a callback is synchronous in both APIs")]

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

/// Guards the calls of a user's callback, which one thread or task makes at a time. After it is closed, no
/// call begins; a panic of the callback is caught. No lock is held during a call.
#[derive(Debug, Default)]
pub struct CallbackGuard {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// The thread that makes the current call.
    caller: Option<ThreadId>,
}

impl CallbackGuard {
    /// Makes a call, unless the guard is closed. A panic is caught and logged.
    pub fn call(&self, call: impl FnOnce()) {
        let mut state = self.state();
        if state.is_closed {
            drop(state);
            // What the call owns is the user's as well.
            if contain(|| drop(call)).is_err() {
                tracing::error!("an event panicked while it was dropped");
            }
            return;
        }
        state.caller = Some(thread::current().id());
        drop(state);
        let ended = contain(call);
        self.state().caller = None;
        self.ended.notify_all();
        if ended.is_err() {
            tracing::error!("a listener panicked; it will be called for the next event");
        }
    }

    /// Returns whether the guard is closed.
    pub fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Closes the guard: no further call begins.
    pub fn close(&self) {
        self.state().is_closed = true;
    }

    /// Returns whether this is called within the current call.
    pub fn is_within(&self) -> bool {
        self.state().caller == Some(thread::current().id())
    }

    /// Waits for the current call to end, unless that call itself waits.
    pub fn wait(&self) {
        let here = thread::current().id();
        let is_running = |state: &mut State| state.caller.is_some_and(|caller| caller != here);
        drop(self.ended.wait_while(self.state(), is_running));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user's code panicked. The panic itself has been reported by the panic hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

/// Runs code of the user's, and catches its panic.
///
/// # Errors
///
/// `Panicked`, if it did.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // What was thrown is the user's as well, and may panic when it is dropped.
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(payload);
        }
        Panicked
    })
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicU32, Ordering},
            mpsc,
        },
        thread,
    };

    use super::*;

    #[test]
    fn none_begins_once_it_is_closed_and_whoever_waits_sees_none_running() {
        for _ in 0..200 {
            let guard = Arc::new(CallbackGuard::default());
            let (running, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
            let caller = thread::spawn({
                let (guard, running, made) = (Arc::clone(&guard), Arc::clone(&running), Arc::clone(&made));
                move || {
                    while !guard.state().is_closed {
                        guard.call(|| {
                            running.store(true, Ordering::SeqCst);
                            made.fetch_add(1, Ordering::SeqCst);
                            thread::yield_now();
                            running.store(false, Ordering::SeqCst);
                        });
                    }
                    guard.call(|| {
                        made.fetch_add(1, Ordering::SeqCst);
                    });
                }
            });
            thread::yield_now();
            guard.close();
            guard.wait();
            let before = made.load(Ordering::SeqCst);
            assert!(!running.load(Ordering::SeqCst));
            caller.join().unwrap();
            assert_eq!(made.load(Ordering::SeqCst), before);
        }
    }

    /// Panics when it is dropped.
    struct Explosive;

    impl Drop for Explosive {
        fn drop(&mut self) {
            panic::resume_unwind(Box::new("on purpose"));
        }
    }

    #[test]
    fn what_the_user_throws_and_drops_is_contained() {
        assert_eq!(contain(|| 1), Ok(1));
        assert_eq!(contain(|| drop(Explosive)), Err(Panicked));
        assert_eq!(contain(|| panic::resume_unwind(Box::new(Explosive))), Err::<(), _>(Panicked));
        let guard = CallbackGuard::default();
        guard.call(|| drop(Explosive));
        guard.close();
        let event = Explosive;
        guard.call(move || drop(event));
    }

    #[test]
    fn a_listener_may_wait_for_itself_and_may_panic() {
        let guard = CallbackGuard::default();
        let (told, tells) = mpsc::channel();
        guard.call(|| {
            told.send(1).unwrap();
            panic::resume_unwind(Box::new("on purpose"));
        });
        guard.call(|| {
            assert!(guard.is_within());
            guard.close();
            guard.wait();
            told.send(2).unwrap();
        });
        assert!(!guard.is_within());
        guard.call(|| told.send(3).unwrap());
        guard.wait();
        drop(told);
        assert_eq!(tells.iter().collect::<Vec<_>>(), [1, 2]);
    }
}
