//! The blocking API's half, on threads: code with every `async` and `.await` removed.

#[path = "dual/mod.rs"]
mod dual;

mod background;
mod cancellation;
mod mailbox;
mod runtime;
#[cfg(any(test, feature = "testing"))]
mod testing;

pub use self::{dual::*, runtime::*};
