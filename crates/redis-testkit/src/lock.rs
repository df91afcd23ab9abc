use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whatever happened to the last holder: a test that panicked must not hide behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
