use std::{fmt, ops::Range};

use super::Results;
use crate::{Result, operations::Read};

/// Where the result of one method of a [`Batch`](crate::Batch) will be.
pub struct Handle<T> {
    pub(super) batch: u64,
    /// Which of the commands it is the result of; of none, if nothing had to be sent.
    pub(super) place: Range<usize>,
    /// `None` for what makes its batch impossible to run.
    pub(super) read: Option<Read<T>>,
}

impl<T> Handle<T> {
    pub(super) fn new(batch: u64, place: Range<usize>, read: Read<T>) -> Self {
        Self { batch, place, read: Some(read) }
    }

    pub(super) fn void(batch: u64) -> Self {
        Self { batch, place: 0..0, read: None }
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("place", &self.place).finish_non_exhaustive()
    }
}

/// What [`Results::take`] takes: a [`Handle`], a tuple of up to eight of them, or a list.
pub trait Handles: sealed::Sealed {
    /// What is had for them.
    type Values;

    #[doc(hidden)]
    fn take_from(self, results: &mut Results) -> Result<Self::Values>;
}

impl<T> Handles for Handle<T> {
    type Values = T;

    fn take_from(self, results: &mut Results) -> Result<T> {
        results.take_one(self)
    }
}

impl<T> Handles for Vec<Handle<T>> {
    type Values = Vec<T>;

    fn take_from(self, results: &mut Results) -> Result<Vec<T>> {
        self.into_iter().map(|handle| handle.take_from(results)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Handles are held across awaits, whatever they are of.
    #[test]
    fn a_handle_of_anything_can_be_sent_and_shared() {
        fn sent_and_shared<H: Send + Sync>() {}
        sent_and_shared::<Handle<std::cell::Cell<*const u8>>>();
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::Handle<T> {}
    impl<T> Sealed for Vec<super::Handle<T>> {}
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl<$($name),+> sealed::Sealed for ($(Handle<$name>,)+) {}

        impl<$($name),+> Handles for ($(Handle<$name>,)+) {
            type Values = ($($name,)+);

            #[expect(non_snake_case, reason = "a name for a type and its value")]
            fn take_from(self, results: &mut Results) -> Result<Self::Values> {
                let ($($name,)+) = self;
                Ok(($($name.take_from(results)?,)+))
            }
        }
    )+};
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
}
