//! Private Redis servers, a fault proxy, a fake server and certificates, for tests, examples and benchmarks.
//!
//! - [`Server`]: a real server of the test's own, which can be killed, frozen and restarted.
//! - [`Inspector`]: a connection that shares no code with the client under test.
//! - [`Proxy`]: latency, cuts, resets and black holes between a client and a server.
//! - [`FakeServer`]: answers that a real server gives too rarely, malformed ones included.
//! - [`eventually`]: a wait for a condition, with a limit.
//! - [`Certificates`]: an authority with good, expired and wrong certificates.
//!
//! ```no_run
//! use redis_testkit::{Options, Proxy, Scope, Server, Direction};
//!
//! # fn main() -> Result<(), redis_testkit::Error> {
//! let server = Server::start(Options::default())?;
//! let proxy = Proxy::start(server.address())?;
//!
//! // The code under test connects to `proxy.url()`. Lose its next reply on the way back ...
//! proxy.cut_after(Direction::ToClient, 0, Scope::Once);
//!
//! // ... and ask the server what it did, past the proxy and past the code under test.
//! let visits = server.cli()?.integer(&["INCRBY", "visits", "0"])?;
//! # let _ = visits;
//! # Ok(())
//! # }
//! ```
//!
//! Everything here blocks, and none of it needs, starts or enters the caller's async runtime: it may be used from
//! `#[test]` and `#[tokio::test]` alike.
//!
//! # Where servers come from
//!
//! | variable | meaning |
//! |---|---|
//! | `TESTKIT_BACKEND` | `process` or `container`; by default a process where a binary exists, else a container |
//! | `REDIS_SERVER_BIN` | the binary; by default `redis-server`, then `valkey-server`, on `PATH` |
//! | `REDIS_IMAGE` | the image; by default `redis:8-alpine` |
//!
//! Containers need the cargo feature `container`, and a Docker engine. Servers need Redis 6 or later: the testkit's own
//! connections log in as an ACL user of their own, [`INSPECTOR_USER`], so that passwords may be changed under test.
//!
//! # Lifetime
//!
//! A [`Server`] stops when it is dropped. One held in a `static` is never dropped, and outlives the test binary.

mod access;
mod backend;
mod certificates;
mod configuration;
mod error;
mod eventually;
mod fake;
mod inspector;
mod lock;
mod options;
mod proxy;
mod requirement;
mod server;
mod tls;
mod transport;
mod value;
mod version;

pub use access::INSPECTOR_USER;
pub use backend::Backend;
pub use certificates::{Certificates, Identity, ServerCertificate};
pub use error::Error;
pub use eventually::{Wait, eventually};
pub use fake::{Answer, FakeConnection, FakeServer, FakeStatistics, Request};
pub use inspector::Inspector;
pub use options::Options;
pub use proxy::{Direction, Proxy, Scope, Statistics};
pub use server::Server;
pub use value::Value;
pub use version::{Product, Version};
