//! The layout of configuration that `redis-config-store` replaces, for as long as a service still uses it.
//!
//! # Brief overview
//!
//! - In this layout each key of the configuration is a Redis key of its own. A string is version 1; a list is the
//!   history, and its length the version. There are no authors, no times, no revisions and no log.
//! - [`LegacyStore`], blocking, and [`AsyncLegacyStore`], on tokio, read, write and watch it, atomically. They share
//!   the connections of a [`redis_service`] service.
//! - `adopt_into` takes all keys over into a [`redis_config_store`], with their histories. It can be repeated until the
//!   last service has moved.
//!
//! # Examples
//!
//! The blocking API:
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use redis_config_legacy::LegacyStore;
//! use redis_config_store::ConfigStore;
//! use redis_service::{RedisService, ServiceConfig};
//!
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = RedisService::connect(config)?;
//! let legacy = LegacyStore::open(&redis, "config:");
//! legacy.put("limits", &100)?;
//! legacy.put("limits", &200)?;
//!
//! let store = ConfigStore::open(&redis, "billing")?;
//! let adopted = legacy.adopt_into(&store)?;
//! assert_eq!((adopted.keys, adopted.versions), (1, 2));
//! let limits = store.fetch::<u32>("limits")?.ok_or("no limits")?;
//! assert_eq!((limits.value, limits.version.number), (200, 2));
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
//! use redis_config_legacy::AsyncLegacyStore;
//! use redis_config_store::AsyncConfigStore;
//! use redis_service::{AsyncRedisService, ServiceConfig};
//!
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = AsyncRedisService::connect(config).await?;
//! let legacy = AsyncLegacyStore::open(&redis, "config:");
//! legacy.put("limits", &100).await?;
//! legacy.put("limits", &200).await?;
//!
//! let store = AsyncConfigStore::open(&redis, "billing").await?;
//! let adopted = legacy.adopt_into(&store).await?;
//! assert_eq!((adopted.keys, adopted.versions), (1, 2));
//! let limits = store.fetch::<u32>("limits").await?.ok_or("no limits")?;
//! assert_eq!((limits.value, limits.version.number), (200, 2));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "async"))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! `async` gives [`AsyncLegacyStore`] and [`asynchronous`]; `blocking` gives [`LegacyStore`] and [`blocking`]. Both
//! are on by default.

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

mod adopted;
mod backlog;
mod entry;
mod event;
mod hints;
mod keys;
mod known_versions;
mod options;
mod reply;
mod script;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

use redis_service_runtime::clock;

pub use self::{
    adopted::Adopted,
    entry::{LegacyEntry, LegacyVersioned},
    event::{LegacyChange, LegacyEvent},
    options::LegacyOptions,
};

/// The examples in the page that shows both stores.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
mod pages {
    #[doc = include_str!("../../../docs/config-store.md")]
    struct Guide;
}

/// The async store of the older layout.
#[cfg(feature = "async")]
pub type AsyncLegacyStore = asynchronous::Store;

/// The blocking store of the older layout.
#[cfg(feature = "blocking")]
pub type LegacyStore = blocking::Store;
