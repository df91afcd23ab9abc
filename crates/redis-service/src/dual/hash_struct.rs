use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::hash_struct,
    values::{AsKey, Expiry},
};

/// Structs as hashes: each field is encoded on its own, under its own name.
#[dual]
impl Service {
    /// Replaces the hash at `key` by the fields of `value`, with its expiry in the same step: fields that
    /// only the old hash had are removed.
    ///
    /// `value` is a struct, or a map whose keys are text. Fields that serde skips are not stored; `None` is
    /// stored unless serde skips it (`skip_serializing_if`).
    ///
    /// Commands: a script of `HKEYS`, `HSET`, `HDEL`, and `PEXPIRE`, `PEXPIREAT` or `PERSIST`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value is neither struct nor map, or a field cannot be encoded; `InvalidInput`
    /// if there is no field, a field has no name or is too large, or the expiry is invalid; `WrongType` if
    /// the key does not hold a hash. The hash is unchanged then.
    #[doc(alias = "HSET")]
    pub async fn set_struct<S: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &S,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        self.client
            .run_on(&key, move |on| hash_struct::set_struct(on, value, expiry.into(), clock::wall()))
            .await
    }

    /// Returns the struct whose fields are those of the hash at `key`; `None` if there is no such key.
    ///
    /// A missing field is `None` if it is an `Option`, and its default if it has `#[serde(default)]`.
    ///
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, naming the field where possible, if the fields do not decode as `S`; `WrongType` if
    /// the key does not hold a hash.
    #[doc(alias = "HGETALL")]
    pub async fn get_struct<S: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<S>> {
        self.client.run_on(&key, hash_struct::get_struct).await
    }
}
