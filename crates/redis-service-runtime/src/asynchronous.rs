//! The async API's half, on tokio.

#[path = "dual/mod.rs"]
mod dual;

mod background;
mod cancellation;
mod mailbox;
mod runtime;
#[cfg(any(test, feature = "testing"))]
mod testing;

pub use self::{dual::*, runtime::*};
