//! Redis for Rust services.

mod codec;
mod config;
mod error;

pub use codec::Codec;
pub use config::{
    BreakerConfig, Credentials, CredentialsProvider, Node, RetryConfig, Sentinel, ServiceConfig,
    SharedProvider, Sources, Tls, Topology,
};
pub use error::{Error, ErrorKind, Outcome, Result};
