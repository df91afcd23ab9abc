use std::time::SystemTime;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Codec, Error, Expiry, Result, ServiceConfig, Topology,
    expiry::{DefaultTtls, Expires},
    slot,
};

/// What the configuration says of values: their encoding, their size, and when they expire.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    codec: Codec,
    ttls: DefaultTtls,
    max_value_bytes: usize,
    /// Whether what is one step must be on one slot.
    has_slots: bool,
}

impl Terms {
    pub(crate) fn of(config: &ServiceConfig) -> Self {
        Self {
            codec: config.codec,
            ttls: DefaultTtls { default: config.default_ttl, long: config.long_ttl },
            max_value_bytes: config.max_value_bytes,
            has_slots: matches!(config.topology, Topology::Cluster { .. }),
        }
    }

    pub(crate) fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>> {
        let bytes = self.codec.encode(value)?;
        self.check_size(bytes.len())?;
        Ok(bytes)
    }

    pub(crate) fn check_size(&self, bytes: usize) -> Result<()> {
        let most = self.max_value_bytes;
        if bytes > most {
            return Err(Error::invalid_input(format!("the value has {bytes} bytes, more than {most}")));
        }
        Ok(())
    }

    pub(crate) fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        self.codec.decode(bytes)
    }

    /// `now` is the time of this machine.
    pub(crate) fn expires(&self, expiry: Expiry, now: SystemTime) -> Result<Expires> {
        expiry.resolve(self.ttls, now)
    }

    /// Whether what is one step must be on one slot.
    pub(crate) fn has_slots(&self) -> bool {
        self.has_slots
    }

    /// # Errors
    ///
    /// `Slot` if what is to be one step concerns keys on different slots of a cluster.
    pub(crate) fn check_slots<'a>(&self, keys: impl IntoIterator<Item = &'a [u8]>) -> Result<()> {
        if self.has_slots { slot::check(keys) } else { Ok(()) }
    }
}
