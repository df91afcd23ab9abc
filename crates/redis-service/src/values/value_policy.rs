use std::time::SystemTime;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    config::{ServiceConfig, Topology},
    error::Result,
    values::{DefaultTtls, Encoding, Expires, Expiry},
};

/// What the configuration says of values: their encoding, their size, and when they expire.
#[derive(Clone, Debug)]
pub(crate) struct ValuePolicy {
    encoding: Encoding,
    ttls: DefaultTtls,
    /// Whether what is one step must be on one slot.
    has_slots: bool,
}

impl ValuePolicy {
    pub(crate) fn of(config: &ServiceConfig) -> Self {
        Self {
            encoding: Encoding::of(config),
            ttls: DefaultTtls { default: config.default_ttl, long: config.long_ttl },
            has_slots: matches!(config.topology, Topology::Cluster { .. }),
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>> {
        self.encoding.encode(value)
    }

    pub(crate) fn check_size(&self, bytes: usize) -> Result<()> {
        self.encoding.check_size(bytes)
    }

    pub(crate) fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        self.encoding.decode(bytes)
    }

    /// `now` is the time of this machine.
    pub(crate) fn expires(&self, expiry: Expiry, now: SystemTime) -> Result<Expires> {
        expiry.resolve(self.ttls, now)
    }

    /// Whether what is one step must be on one slot.
    pub(crate) fn has_slots(&self) -> bool {
        self.has_slots
    }
}
