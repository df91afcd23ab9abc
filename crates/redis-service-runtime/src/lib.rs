//! What a crate needs that is written once and compiled twice, into a blocking and an async API. It knows nothing
//! of Redis.
//!
//! # Brief overview
//!
//! Each API is a module, and both export the same names, so that code which is compiled for both can name them:
//!
//! - `dual` is the attribute on that code: it leaves `async` and `.await` alone, or removes them.
//! - `Task` is work in the background; `spawn` and `Background` start it, a `CancellationToken` ends it. `sleep`
//!   waits, and `offload` does what blocks.
//! - `Mailbox` is where many put something, and one waits for it. What it keeps is a [`Queue`].
//! - `Source` is where items come from; a `ListenerHandle` has a listener called with each, in the background,
//!   behind a [`CallbackGuard`].
//! - With the feature `testing`: `scenario` is the attribute on a test, and `answers` what a mock returns.
//!
//! What both APIs share is at the root: [`Backoff`] and [`Jitter`] say how long to pause, and [`clock`] is the one
//! place that reads a clock.
//!
//! # Examples
//!
//! A crate mounts one folder twice. Each of its two modules has a `runtime`, which takes the names that the folder
//! needs from its half of this crate:
//!
//! ```ignore
//! // asynchronous.rs; blocking.rs is the same, with `blocking` for `asynchronous`
//! #[path = "dual/mod.rs"]
//! mod dual;
//! mod runtime {
//!     pub(crate) use redis_service_runtime::asynchronous::{Task, dual, sleep, spawn};
//! }
//!
//! // dual/mod.rs
//! use super::runtime::{Task, dual, sleep, spawn};
//! ```
//!
//! # Features
//!
//! `async` gives the module `asynchronous`, on tokio; `blocking` gives the module `blocking`, on threads. Both are on
//! by default. `testing` is for dev-dependencies.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

mod backoff;
mod callback_guard;
pub mod clock;
mod queue;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub use self::{
    backoff::{Backoff, Jitter},
    callback_guard::CallbackGuard,
    queue::Queue,
};
