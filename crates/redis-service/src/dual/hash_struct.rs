use serde::{Serialize, de::DeserializeOwned};

use super::{Service, runtime::dual};
use crate::{
    clock,
    error::Result,
    operations::hash_struct,
    values::{AsKey, Expiry},
};

/// Structs, each as one hash: every field is encoded on its own, under its own name.
#[dual]
impl Service {
    /// Makes the hash at `key` of exactly the fields of `value`, with its expiry in the same step: a field that
    /// the hash had and the struct has not is gone.
    ///
    /// `value` is a struct, or a map whose keys are text. What serde leaves out is left out; `None` is stored
    /// unless it is left out (`skip_serializing_if`).
    ///
    /// Commands: a script of `HKEYS`, `HSET`, `HDEL`, and `PEXPIRE`, `PEXPIREAT` or `PERSIST`.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value is neither struct nor map, or a field cannot be encoded; `InvalidInput` if
    /// there is no field, one has no name or is too large, or the expiry makes no sense; `WrongType` if the key
    /// holds no hash. Nothing is changed then.
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

    /// The struct whose fields are those of the hash at `key`; `None` if there is no such key.
    ///
    /// A field that is missing is `None` if it is an `Option`, and its default if it has `#[serde(default)]`.
    ///
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, naming the field where there is one to blame, if the fields are no `S`; `WrongType` if
    /// the key holds no hash.
    #[doc(alias = "HGETALL")]
    pub async fn get_struct<S: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<S>> {
        self.client.run_on(&key, hash_struct::get_struct).await
    }
}
