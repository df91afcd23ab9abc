//! Redis for Rust services.

mod clock;
mod codec;
mod command;
mod config;
mod deadline;
mod error;
mod expiry;
mod key;
mod namespace;
mod pattern;

pub use self::{
    codec::Codec,
    command::{Category, Command, Pipeline, Reply, Script, ScriptCall},
    config::{
        BreakerConfig, Credentials, CredentialsProvider, Node, RetryConfig, Sentinel, ServiceConfig,
        SharedProvider, Sources, Tls, Topology,
    },
    deadline::Deadline,
    error::{Error, ErrorKind, Outcome, Result},
    expiry::{Expiry, Ttl},
    key::{AsKey, Key},
    namespace::Namespace,
    pattern::Pattern,
};
