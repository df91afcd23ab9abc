//! The runtime of crates that are written once and compiled twice, into a blocking and an async API: tasks,
//! mailboxes, listeners, backoff. It has no Redis in it.
//!
//! # Brief overview
//!
//! Each API is a module, and both export the same names, so that code which is compiled for both can name them:
//!
//! - `dual` is the attribute on that code: it leaves `async` and `.await` alone, or removes them.
//! - `Task` is background work; `spawn` and `Background` start it, a `CancellationToken` ends it. `sleep`
//!   waits, and `offload` runs blocking work.
//! - `Mailbox` is a queue with many writers and one waiting reader. Its items are in a [`Queue`].
//! - `Source` is a source of items; a `ListenerHandle` calls a listener with each, in the background, behind
//!   a [`CallbackGuard`].
//! - With the feature `testing`: `scenario` is the attribute on a test, and `answers` wraps the value that a
//!   mock returns.
//!
//! The types that both APIs share are at the root: [`Backoff`] and [`Jitter`] compute pauses, an [`Episode`] is
//! logged once when it begins and once when it ends, and [`clock`] is the only place that reads a clock.
//!
//! # Examples
//!
//! A crate mounts one folder twice. Each of its two modules has a `runtime`, which imports the names that the
//! folder needs from its half of this crate:
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
//! `async` enables the module `asynchronous`, on tokio; `blocking` enables the module `blocking`, on threads.
//! Both are on by default. `testing` is for dev-dependencies.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

mod backoff;
mod callback_guard;
pub mod clock;
mod episode;
mod queue;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub use self::{
    backoff::{Backoff, Jitter},
    callback_guard::{CallbackGuard, Panicked, contain},
    episode::Episode,
    queue::Queue,
};
