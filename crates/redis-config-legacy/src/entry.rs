use std::fmt;

use redis_config_store::{
    Version,
    error::Result,
    extension::{self, MakeError},
    version::Digest,
};
use serde::de::DeserializeOwned;

/// One version of one key: a value and its number. The layout records nothing else.
///
/// `Debug` leaves the value out: configuration holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct LegacyEntry {
    version: Version,
    value: Vec<u8>,
}

/// A value, and which version of it this is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegacyVersioned<T> {
    /// The value.
    pub value: T,
    /// Which version of it this is. Its `revision` is 0: the layout has none.
    pub version: Version,
}

impl LegacyEntry {
    pub(crate) fn new(number: u64, value: Vec<u8>) -> Self {
        Self { version: version(number, extension::digest_of(&value)), value }
    }

    /// Which version this is. Its `revision` is 0: the layout has none.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The value as it is stored: JSON, if the older store wrote it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.value
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// `Invalid`, with the version, if the value is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        extension::decode(&self.value).map_err(|error| error.with_current(Some(self.version)))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, key: &str) -> Result<LegacyVersioned<T>> {
        let value = self.decode().map_err(|error| error.on_key(key))?;
        Ok(LegacyVersioned { value, version: self.version })
    }
}

/// A version of this layout.
pub(crate) fn version(number: u64, digest: Digest) -> Version {
    extension::version(number, 0, digest)
}

impl fmt::Debug for LegacyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyEntry")
            .field("version", &self.version)
            .field("bytes", &self.value.len())
            .finish_non_exhaustive()
    }
}
