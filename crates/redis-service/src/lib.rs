//! Redis for Rust services.

mod breaker;
mod bulk;
mod call;
mod clock;
mod codec;
mod command;
mod config;
mod deadline;
mod degrade;
mod error;
mod expiry;
mod handshake;
mod health;
mod key;
mod namespace;
mod pattern;
mod retry;
mod settings;
mod socket;

#[cfg(feature = "async")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;

pub use self::{
    breaker::BreakerStatus,
    bulk::FailedValue,
    codec::Codec,
    command::{Category, Command, FromReply, IntoArgument, Pipeline, Reply, Script, ScriptCall},
    config::{
        BreakerConfig, Credentials, CredentialsProvider, Node, RetryPolicy, Sentinel, ServiceConfig,
        SharedProvider, Sources, Tls, Topology,
    },
    deadline::Deadline,
    degrade::Degrade,
    error::{Error, ErrorKind, Outcome, Result},
    expiry::{Expiry, Ttl},
    health::{ConnectionStatus, Health, Role, ServerInfo},
    key::{AsKey, Key},
    namespace::Namespace,
    pattern::Pattern,
};

/// The async service: [`asynchronous::Service`] over a real connection.
#[cfg(feature = "async")]
pub type AsyncRedisService = asynchronous::Service;

/// The blocking service: [`blocking::Service`] over a pool of real connections.
#[cfg(feature = "blocking")]
pub type RedisService = blocking::Service;
