//! Redis for Rust services: typed values, keys that cannot collide, one deadline for each call, and errors that
//! say whether Redis did what was asked.
//!
//! # Brief overview
//!
//! There are two services with the same methods in the same order, compiled from one source:
//!
//! - [`RedisService`] blocks its thread and shares a pool of connections. No async runtime is in its build.
//! - [`AsyncRedisService`] runs on tokio and shares one connection that a task of its own drives.
//!
//! Both are cheap to clone. What they speak of is common to both:
//!
//! - [`ServiceConfig`] says where Redis is and how long to wait. It comes from code, the environment, a URL or
//!   a file, or from several of these ([`Sources`]).
//! - [`Key`] makes a key of parts, such that different parts never make the same key. Text and bytes are keys
//!   as well, as they are. A namespace, of the configuration or of a handle, prefixes them all.
//! - [`Expiry`] says when what is written expires; it is part of the same step, and a
//!   [`Duration`](std::time::Duration) converts into it. [`Ttl`] is what a key has left.
//! - [`Batch`] is several commands for one round trip, [`Script`] one step on the server, [`Pattern`] a glob
//!   over keys.
//! - [`Codec`] says how typed values become bytes: JSON, which Python services read and write as well.
//! - Hashes, lists, sets and sorted sets have handles of their own, of values of one type: `redis.hash::<T>(key)`,
//!   `list`, `set_of` and `sorted_set`.
//! - [`Error`] says what went wrong, where, and whether Redis applied the call. [`Degrade`] goes on without Redis
//!   where the caller says so.
//!
//! # Examples
//!
//! The blocking API:
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use redis_service::{Key, RedisService, ServiceConfig};
//!
//! let config = ServiceConfig::from_env()?;
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = RedisService::connect(config)?;
//! let key = Key::new("user").part(1).part("tags");
//!
//! redis.set(&key, &["author", "admin"], Duration::from_secs(3600))?;
//! let tags: Option<Vec<String>> = redis.get(&key)?;
//! assert_eq!(tags.unwrap_or_default(), ["author", "admin"]);
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
//! use std::time::Duration;
//!
//! use redis_service::{AsyncRedisService, Key, ServiceConfig};
//!
//! let config = ServiceConfig::from_env()?;
//! # let server = redis_testkit::Server::start(redis_testkit::Options::default())?;
//! # let config = ServiceConfig::from_url(&server.url())?;
//! let redis = AsyncRedisService::connect(config).await?;
//! let key = Key::new("user").part(1).part("tags");
//!
//! redis.set(&key, &["author", "admin"], Duration::from_secs(3600)).await?;
//! let tags: Option<Vec<String>> = redis.get(&key).await?;
//! assert_eq!(tags.unwrap_or_default(), ["author", "admin"]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "async"))]
//! # fn main() {}
//! ```
//!
//! # Errors and outcomes
//!
//! Every call that fails gives an [`Error`], with a [kind](ErrorKind) and an [outcome](Outcome):
//!
//! | outcome | what it means | done again, is it done twice? |
//! |---|---|---|
//! | [`NotApplied`](Outcome::NotApplied) | Redis did not do it | no |
//! | [`Unknown`](Outcome::Unknown) | it was sent, and no answer came | perhaps |
//! | [`Applied`](Outcome::Applied) | Redis did it, and its answer could not be used | yes |
//!
//! The service itself tries again where that can help and cannot do a thing twice: after `NotApplied`, and
//! after `Unknown` if the command leaves the same behind however often it runs. All of it, pauses included,
//! happens within the call's one deadline. What remains is for the caller to decide:
//!
//! ```
//! use redis_service::Error;
//!
//! fn advice(error: &Error) -> &'static str {
//!     match error {
//!         error if error.is_deserialization() => "the stored value is of another type",
//!         error if error.is_unavailable() && error.is_not_applied() => "try again later",
//!         error if error.is_unavailable() => "look whether it was done, then try again",
//!         _ => "report it",
//!     }
//! }
//! ```
//!
//! Every future of the async API can be dropped at any time; nobody else notices. If its command was not sent, it
//! is not sent any more; if it was, it is done or not, as after `Unknown`: so dropping a future that pops an element
//! may lose it.
//!
//! No error, `Debug` or trace shows a password, a value or the server's text.
//!
//! # Features
//!
//! The first two are on by default, and none needs another.
//!
//! | feature | gives |
//! |---|---|
//! | `async` | [`AsyncRedisService`] and [`asynchronous`], on tokio |
//! | `blocking` | [`RedisService`] and [`blocking`], over r2d2 |
//! | `tls` | TLS for both, by rustls, if the configuration [says so](Tls) |
//! | `compression` | compression of large values, by LZ4: [`ServiceConfig::compression_threshold`] |
//! | `messagepack` | `Codec::MessagePack` |

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod batch;
pub mod config;
pub mod error;
#[doc(hidden)]
pub mod extension;
pub mod health;
mod operations;
pub mod protocol;
pub mod pubsub;
pub mod resilience;
pub mod scan;
mod tls;
mod topology;
pub mod transaction;
pub mod values;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

use redis_service_runtime::clock;

pub use self::{
    batch::Batch,
    config::ServiceConfig,
    error::{Error, ErrorKind, Outcome, Result},
    protocol::Script,
    resilience::Degrade,
    values::{AsKey, Expiry, Key, Ttl},
};

/// The async service: [`asynchronous::Service`] over a real connection.
#[cfg(feature = "async")]
pub type AsyncRedisService = asynchronous::Service;

/// The blocking service: [`blocking::Service`] over a pool of real connections.
#[cfg(feature = "blocking")]
pub type RedisService = blocking::Service;

/// The examples in the pages that are not rustdoc's.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct Readme;

    #[doc = include_str!("../../../docs/values.md")]
    struct Values;

    #[doc = include_str!("../../../docs/pubsub.md")]
    struct PublishAndSubscribe;
    #[doc = include_str!("../../../docs/data.md")]
    struct Data;
    #[doc = include_str!("../../../docs/batches.md")]
    struct Batches;
    #[doc = include_str!("../../../docs/migration.md")]
    struct Migration;
    #[doc = include_str!("../../../docs/introduction.md")]
    struct Introduction;
    #[doc = include_str!("../../../docs/cookbook.md")]
    struct Cookbook;
}
