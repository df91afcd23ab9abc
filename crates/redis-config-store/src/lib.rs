//! Versioned configuration on plain Redis, and watchers that know whether what they hold is current.
//!
//! # Brief overview
//!
//! - [`ConfigStore`], blocking, and [`AsyncConfigStore`], on tokio, are one namespace of keys. They share the
//!   connections of a [`redis_service`] service.
//! - Each change is a [`Commit`]: one key or many, under one revision, or nothing. Each key has versions, which
//!   never fall; [`Expect`] says which one a change is based on.
//! - A watcher is told [`WatchEvent`]s: how things are, then what changes; and, by name, when Redis lost something.
//! - A live value is read without asking anybody, and its [`LiveStatus`] says whether it is current.
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use redis_config_store::{ConfigStore, Expect};
//! use redis_service::{RedisService, ServiceConfig};
//!
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = RedisService::connect(config)?;
//! let store = ConfigStore::open(&redis, "billing")?;
//!
//! let first = store.put("limits", &100)?;
//! let live = store.live::<u32>("limits")?;
//! store.put_if("limits", &200, Expect::Version(first))?;
//!
//! let limits = store.fetch::<u32>("limits")?.ok_or("no limits")?;
//! assert_eq!((limits.value, limits.version.number), (200, 2));
//! assert!(live.load().is_some());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "blocking"))]
//! # fn main() {}
//! ```

mod backlog;
mod change;
mod commit;
mod conflicts;
mod diff;
mod entry;
mod error;
#[doc(hidden)]
pub mod extension;
mod health;
mod loaded;
mod mirror;
mod name;
mod options;
mod roster;
mod rung;
mod script;
mod snapshot;
mod state;
mod status;
mod sync;
mod version;
mod versioned;
mod wake;
mod watch;
mod words;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

use redis_service_runtime::clock;

use self::watch::Filter;
pub use self::{
    change::{Change, KeyChange, Reset, ResetReason, WatchEvent, WatchGap},
    commit::{Commit, Committed, Effect},
    diff::{Diff, Difference},
    entry::Entry,
    error::{Result, StoreError, StoreErrorKind},
    loaded::Loaded,
    options::StoreOptions,
    state::State,
    status::{Eviction, Freshness, LiveStatus, Notifications, Status, Tracking},
    version::{Digest, Expect, Version},
    versioned::{ReadPolicy, Source, Versioned},
    watch::Watch,
};

/// The examples in the pages that are not rustdoc's.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
mod pages {
    #[doc = include_str!("../../../docs/operations.md")]
    struct Operations;
}

/// The async store.
#[cfg(feature = "async")]
pub type AsyncConfigStore = asynchronous::Store;

/// The blocking store.
#[cfg(feature = "blocking")]
pub type ConfigStore = blocking::Store;
