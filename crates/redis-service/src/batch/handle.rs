use std::{fmt, ops::Range};

use super::BatchResults;
use crate::{error::Result, operations::Read};

/// The handle of one result of a [`Batch`](crate::batch::Batch), for [`BatchResults::take`].
///
#[cfg_attr(feature = "blocking", doc = "In the blocking API:\n")]
#[cfg_attr(feature = "blocking", doc = include_str!("../blocking/examples/results.md"))]
#[cfg_attr(feature = "async", doc = "\nIn the async API:\n")]
#[cfg_attr(feature = "async", doc = include_str!("../asynchronous/examples/results.md"))]
pub struct BatchHandle<T> {
    pub(super) batch: u64,
    /// The commands that make up the result; empty if nothing had to be sent.
    pub(super) place: Range<usize>,
    /// `None` for an invalid command, which prevents its batch from running.
    pub(super) read: Option<Read<T>>,
}

impl<T> BatchHandle<T> {
    pub(super) fn new(batch: u64, place: Range<usize>, read: Read<T>) -> Self {
        Self { batch, place, read: Some(read) }
    }

    pub(super) fn void(batch: u64) -> Self {
        Self { batch, place: 0..0, read: None }
    }
}

impl<T> fmt::Debug for BatchHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchHandle").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The argument of [`BatchResults::take`]: a [`BatchHandle`], a tuple of up to eight of them, or a list.
pub trait BatchHandles: sealed::Sealed {
    /// The results of the handles.
    type Values;

    #[doc(hidden)]
    fn take_from(self, results: &mut BatchResults) -> Result<Self::Values>;
}

impl<T> BatchHandles for BatchHandle<T> {
    type Values = T;

    fn take_from(self, results: &mut BatchResults) -> Result<T> {
        results.take_one(self)
    }
}

impl<T> BatchHandles for Vec<BatchHandle<T>> {
    type Values = Vec<T>;

    fn take_from(self, results: &mut BatchResults) -> Result<Vec<T>> {
        self.into_iter().map(|handle| handle.take_from(results)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Callers hold handles across awaits, for results of any type.
    #[test]
    fn a_handle_of_anything_can_be_sent_and_shared() {
        fn sent_and_shared<H: Send + Sync>() {}
        sent_and_shared::<BatchHandle<std::cell::Cell<*const u8>>>();
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::BatchHandle<T> {}
    impl<T> Sealed for Vec<super::BatchHandle<T>> {}
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {$(
        impl<$($name),+> sealed::Sealed for ($(BatchHandle<$name>,)+) {}

        impl<$($name),+> BatchHandles for ($(BatchHandle<$name>,)+) {
            type Values = ($($name,)+);

            #[expect(non_snake_case, reason = "one name for a type and its value")]
            fn take_from(self, results: &mut BatchResults) -> Result<Self::Values> {
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
