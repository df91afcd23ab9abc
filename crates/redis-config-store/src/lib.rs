//! Versioned configuration on plain Redis, and watchers that know whether their copy is current.
//!
//! # Brief overview
//!
//! - [`ConfigStore`], blocking, and [`AsyncConfigStore`], on tokio, are one namespace of keys. They share the
//!   connections of a [`redis_service`] service.
//! - Each change is a [`Commit`] of one key or many: it happens as a whole, under one revision, or not at all. Each key
//!   has versions, which never fall; [`Expect`] says on which one a change is based.
//! - A watcher delivers [`WatchEvent`]s: first the [`State`], then what changes; and, by name, what Redis lost.
//! - A live value is read without a question to Redis, and its [`LiveStatus`] says whether it is current.
//! - [`StoreError`] says what failed, on which key, and whether Redis did it. It answers the same predicates as the
//!   service's error.
//!
//! The root holds what most programs name. The rest is in the module of its topic: [`commit`], [`diff`], [`error`],
//! [`read`], [`status`], [`version`] and [`watch`].
//!
//! # Examples
//!
//! The blocking API:
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
//!
//! The async API, the same with `.await`:
//!
//! ```
//! # #[cfg(feature = "async")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use redis_config_store::{AsyncConfigStore, Expect};
//! use redis_service::{AsyncRedisService, ServiceConfig};
//!
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = AsyncRedisService::connect(config).await?;
//! let store = AsyncConfigStore::open(&redis, "billing").await?;
//!
//! let first = store.put("limits", &100).await?;
//! let live = store.live::<u32>("limits").await?;
//! store.put_if("limits", &200, Expect::Version(first)).await?;
//!
//! let limits = store.fetch::<u32>("limits").await?.ok_or("no limits")?;
//! assert_eq!((limits.value, limits.version.number), (200, 2));
//! assert!(live.load().is_some());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "async"))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! `async` gives [`AsyncConfigStore`] and [`asynchronous`]; `blocking` gives [`ConfigStore`] and [`blocking`]. Both are
//! on by default.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

mod conflicts;
mod options;
mod protocol;
mod replica;
mod snapshot_file;
mod subscribers;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod commit;
pub mod diff;
pub mod error;
#[doc(hidden)]
pub mod extension;
pub mod read;
pub mod status;
pub mod version;
pub mod watch;

use redis_service_runtime::clock;

pub use self::{
    commit::{Commit, Committed},
    error::{StoreError, StoreErrorKind},
    options::StoreOptions,
    read::{Loaded, State, Versioned},
    status::LiveStatus,
    version::{Expect, Version},
    watch::{Watch, WatchEvent},
};

/// The async store.
#[cfg(feature = "async")]
pub type AsyncConfigStore = asynchronous::Store;

/// The blocking store.
#[cfg(feature = "blocking")]
pub type ConfigStore = blocking::Store;

/// The examples in the pages that are not rustdoc's.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
mod pages {
    #[doc = include_str!("../../../docs/operations.md")]
    struct Operations;
}
