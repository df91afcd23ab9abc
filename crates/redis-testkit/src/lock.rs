use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after the last holder panicked: a poisoned lock must not hide the panic of a test.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
