//! A Redis client for Rust services, blocking and async: typed values, keys that cannot collide, one deadline for
//! each call, and errors that say whether Redis applied it.
//!
//! # Brief overview
//!
//! There are two services with the same methods in the same order, compiled from one source:
//!
//! - [`RedisService`] blocks its thread and shares a pool of connections. No async runtime is in its build.
//! - [`AsyncRedisService`] runs on tokio and shares one connection that a task of its own drives.
//!
//! Both are cheap to clone, and both use these types:
//!
//! - [`ServiceConfig`] has the address of Redis, the login and the timeouts. It comes from code, the environment,
//!   a URL or a file, or from several of these ([`Sources`](config::Sources)).
//! - [`Key`] is a key made of parts; different parts never make the same key. Text and bytes are keys as well, taken
//!   as they are. A namespace, of the configuration or of a handle, prefixes all keys.
//! - [`Expiry`] says when a written key expires; the expiry is part of the same step, and a
//!   [`Duration`](std::time::Duration) converts into it. [`Ttl`] is the time that a key has left.
//! - [`Batch`] is several commands in one round trip, [`Script`] a Lua script that runs as one step on the server,
//!   [`Pattern`](values::Pattern) a glob over keys.
//! - [`Codec`](values::Codec) encodes typed values: as JSON, which Python services read and write as well, or as
//!   MessagePack.
//! - Hashes, lists, sets and sorted sets have handles of their own, with values of one type:
//!   `redis.hash::<T>(key)`, `list`, `set_of` and `sorted_set`.
//! - Streams ([`streams`]) are queues that lose nothing: `redis.stream::<T>(key)`, with groups and consumers.
//! - [`Error`] says what failed, on which key, and whether Redis applied the call. [`Degrade`] lets a caller go on
//!   without Redis where it chooses to.
//!
//! The [guide] explains each topic with examples: start with the [introduction](guide::introduction) or the
//! [cookbook](guide::cookbook).
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
//! Every call that fails returns an [`Error`], with a [kind](ErrorKind) and an [outcome](Outcome):
//!
//! | outcome | meaning | can repeating the call apply it twice? |
//! |---|---|---|
//! | [`NotApplied`](Outcome::NotApplied) | Redis did not apply the call | no |
//! | [`Unknown`](Outcome::Unknown) | the call was sent, and no answer arrived | perhaps |
//! | [`Applied`](Outcome::Applied) | Redis applied the call, and its answer could not be used | yes |
//!
//! The service itself retries where that can help and cannot apply a call twice: after `NotApplied`, and after
//! `Unknown` if the command is idempotent. All attempts, with the pauses between them, share the call's one deadline.
//! The caller decides about the errors that remain:
//!
//! ```
//! use redis_service::Error;
//!
//! fn advice(error: &Error) -> &'static str {
//!     match error {
//!         error if error.is_deserialization() => "the stored value is of another type",
//!         error if error.is_unavailable() && error.is_not_applied() => "try again later",
//!         error if error.is_unavailable() => "check whether it was applied, then try again",
//!         _ => "report it",
//!     }
//! }
//! ```
//!
//! # Cancellation safety
//!
//! Every future of the async API can be dropped at any time, without an effect on other calls. If its command was not
//! sent yet, it is never sent. Otherwise the command may be applied or not, as after `Unknown`: dropping a future that
//! pops an element may lose that element.
//!
//! # Secrets
//!
//! No error, `Debug` or trace shows a password, a value or the server's text. [`Error::server_text`] returns that text
//! on request.
//!
//! # Features
//!
//! `async` and `blocking` are on by default. No feature needs another.
//!
//! | feature | enables |
//! |---|---|
//! | `async` | [`AsyncRedisService`] and [`asynchronous`], on tokio |
//! | `blocking` | [`RedisService`] and [`blocking`], over r2d2 |
//! | `tls` | TLS in both APIs, by rustls, where the configuration has [`Tls`](config::Tls) |
//! | `compression` | compression of large values, by LZ4: [`ServiceConfig::compression_threshold`] |
//! | `messagepack` | [`Codec::MessagePack`](values::Codec) |
//! | `testing` | a service whose commands are answered from a script, for the tests of your code: see the [guide](guide::testing) |

#![cfg_attr(not(test), warn(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod batch;
pub mod config;
pub mod error;
#[doc(hidden)]
pub mod extension;
// Its examples need both APIs.
#[cfg(any(not(doctest), all(feature = "async", feature = "blocking")))]
pub mod guide;
pub mod health;
mod operations;
pub mod protocol;
pub mod pubsub;
pub mod resilience;
pub mod scan;
pub mod streams;
#[cfg(feature = "testing")]
pub mod testing;
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

/// The async service: another name of [`asynchronous::Service`].
#[cfg(feature = "async")]
pub type AsyncRedisService = asynchronous::Service;

/// The blocking service: another name of [`blocking::Service`].
#[cfg(feature = "blocking")]
pub type RedisService = blocking::Service;

/// The README's examples, as doctests.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct Readme;
