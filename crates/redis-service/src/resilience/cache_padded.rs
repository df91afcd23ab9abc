use std::ops::Deref;

/// What many threads write, on a cache line of its own: whoever reads what is beside it is not held up.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
