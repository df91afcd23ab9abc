#![expect(clippy::disallowed_types, reason = "`wait` blocks: a callback is synchronous in both APIs")]

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

/// Stands between a user's callback and whoever calls it, which is one thread or task at a time: nothing is called
/// once it is closed, and a panic ends nothing. No lock is held during a call.
#[derive(Debug, Default)]
pub struct CallbackGuard {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// Who makes the call that is running.
    caller: Option<ThreadId>,
}

impl CallbackGuard {
    /// Makes a call, unless it is closed. A panic is logged, and ends nothing.
    pub fn call(&self, call: impl FnOnce()) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        state.caller = Some(thread::current().id());
        drop(state);
        let ended = panic::catch_unwind(AssertUnwindSafe(call));
        self.state().caller = None;
        self.ended.notify_all();
        if ended.is_err() {
            tracing::error!("a listener panicked; it is called again with what comes next");
        }
    }

    /// No further call begins.
    pub fn close(&self) {
        self.state().is_closed = true;
    }

    /// Waits for the call that is running to end, unless it is the one that asks.
    pub fn wait(&self) {
        let here = thread::current().id();
        let is_running = |state: &mut State| state.caller.is_some_and(|caller| caller != here);
        drop(self.ended.wait_while(self.state(), is_running));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    #[test]
    fn a_listener_may_wait_for_itself_and_may_panic() {
        let guard = CallbackGuard::default();
        let (told, tells) = mpsc::channel();
        guard.call(|| {
            told.send(1).unwrap();
            panic::resume_unwind(Box::new("on purpose"));
        });
        guard.call(|| {
            guard.close();
            guard.wait();
            told.send(2).unwrap();
        });
        guard.call(|| told.send(3).unwrap());
        guard.wait();
        drop(told);
        assert_eq!(tells.iter().collect::<Vec<_>>(), [1, 2]);
    }
}
