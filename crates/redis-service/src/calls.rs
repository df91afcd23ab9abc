use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

/// The calls of a listener, one at a time, until it is closed. For crates that build on this one.
#[derive(Debug, Default)]
pub struct Calls {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// Who makes the call that is running.
    caller: Option<ThreadId>,
}

impl Calls {
    /// Makes a call, unless it is closed. A panic is logged, and ends nothing.
    pub fn make(&self, call: impl FnOnce()) {
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
            let calls = Arc::new(Calls::default());
            let (running, made) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
            let caller = thread::spawn({
                let (calls, running, made) = (Arc::clone(&calls), Arc::clone(&running), Arc::clone(&made));
                move || {
                    while !calls.state().is_closed {
                        calls.make(|| {
                            running.store(true, Ordering::SeqCst);
                            made.fetch_add(1, Ordering::SeqCst);
                            thread::yield_now();
                            running.store(false, Ordering::SeqCst);
                        });
                    }
                    calls.make(|| {
                        made.fetch_add(1, Ordering::SeqCst);
                    });
                }
            });
            thread::yield_now();
            calls.close();
            calls.wait();
            let before = made.load(Ordering::SeqCst);
            assert!(!running.load(Ordering::SeqCst));
            caller.join().unwrap();
            assert_eq!(made.load(Ordering::SeqCst), before);
        }
    }

    #[test]
    fn a_listener_may_wait_for_itself_and_may_panic() {
        let calls = Calls::default();
        let (told, tells) = mpsc::channel();
        calls.make(|| {
            told.send(1).unwrap();
            panic::resume_unwind(Box::new("on purpose"));
        });
        calls.make(|| {
            calls.close();
            calls.wait();
            told.send(2).unwrap();
        });
        calls.make(|| told.send(3).unwrap());
        calls.wait();
        drop(told);
        assert_eq!(tells.iter().collect::<Vec<_>>(), [1, 2]);
    }
}
