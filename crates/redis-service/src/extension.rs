//! The functions that this project's other crates build on, beside the public methods. Not for services: it
//! may change in any release.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

pub use crate::{
    protocol::{Command, RawPipeline, Reply, Script, ScriptCall},
    pubsub::RawEvent,
};

/// Encodes a value as JSON, as services with the codec JSON write it.
///
/// # Errors
///
/// Why it has no JSON form, or none that could be read again: the type, and never the value.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    crate::values::to_json(value).map_err(|error| error.message().to_owned())
}

/// The values that other crates store with a service: one of each type, shared by all of its handles.
#[derive(Default)]
pub(crate) struct Slots(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Slots {
    /// Returns the value of type `T`. `make` creates it if there is none; if another thread is faster, the
    /// result of `make` is dropped.
    pub(crate) fn get_or_insert_with<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(kept) = self.get() {
            return kept;
        }
        // Without the lock: `make` is not our code.
        let made = Arc::new(make());
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = slots.entry(TypeId::of::<T>()).or_insert_with(|| Arc::clone(&made) as _);
        Arc::clone(kept).downcast().unwrap_or(made)
    }

    fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(&TypeId::of::<T>()).and_then(|kept| Arc::clone(kept).downcast().ok())
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_kept_once() {
        let slots = Slots::default();
        let first = slots.get_or_insert_with(|| 1_u8);
        let second = slots.get_or_insert_with(|| 2_u8);
        assert_eq!((*first, *second, Arc::ptr_eq(&first, &second)), (1, 1, true));
        assert_eq!(*slots.get_or_insert_with(|| "text"), "text");
    }

    #[test]
    fn what_makes_a_value_may_ask_for_another() {
        let slots = Slots::default();
        let sum = slots.get_or_insert_with(|| u64::from(*slots.get_or_insert_with(|| 20_u32)) + 1);
        assert_eq!(*sum, 21);
    }
}
