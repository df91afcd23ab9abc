use std::ops::Deref;

/// A value that many threads write, on a cache line of its own, so that readers of its neighbours are not
/// slowed down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
