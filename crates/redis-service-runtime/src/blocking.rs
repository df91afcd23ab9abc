//! For the blocking API, on threads: code with every `async` and `.await` removed.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a leaf: sockets, waiting, spawning"
)]

#[path = "dual/mod.rs"]
mod dual;

mod background;
mod cancellation;
mod mailbox;
mod runtime;
#[cfg(any(test, feature = "testing"))]
mod testing;

pub use self::{dual::*, runtime::*};
