//! TLS, between commands and sockets.
//!
//! No type in here owns a socket or waits for one: both APIs lend theirs for the length of a call.

mod channel;

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod client;
#[cfg(feature = "tls")]
mod files;
#[cfg(feature = "tls")]
mod refusal;
#[cfg(feature = "tls")]
mod stream;

pub(crate) use self::channel::Channel;

#[cfg(not(feature = "tls"))]
pub(crate) use self::absent::{TlsConnector, TlsStream};
#[cfg(feature = "tls")]
pub(crate) use self::{client::TlsConnector, stream::TlsStream};
