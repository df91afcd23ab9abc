use std::sync::LazyLock;

use serde::{Serialize, de::DeserializeOwned};

use super::{Execute, Service, runtime::dual};
use crate::{
    AsKey, Category, Expiry, Result, Script,
    call::Call,
    codec::{decode_fields, encode_fields},
    expiry::Expires,
};

static REPLACE_HASH: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/replace_hash.lua")));

/// Structs, each as one hash: every field is encoded on its own, under its own name.
#[dual]
impl<L: Execute> Service<L> {
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
    pub async fn set_struct<S: Serialize + Sync + ?Sized>(
        &self,
        key: impl AsKey,
        value: &S,
        expiry: impl Into<Expiry> + Send,
    ) -> Result<()> {
        let call = Call::on("set_struct", &key);
        let fields = call.name(encode_fields(self.encoding(), value))?;
        let (expire, milliseconds) = match self.expires(call, expiry)? {
            Expires::InMilliseconds(time) => ("PEXPIRE", time),
            Expires::AtMilliseconds(time) => ("PEXPIREAT", time),
            Expires::Never => ("PERSIST", 0),
            Expires::Keep => ("", 0),
        };
        let script = REPLACE_HASH.call().key(self.key(call, &key)?);
        let script = script.arg(expire).arg(milliseconds.to_string());
        let script = fields.into_iter().fold(script, |script, (name, value)| script.arg(name).arg(value));
        let script = script.in_category(Category::LastWins).failing_before_it_writes();
        let reply = call.name(self.attempt(&script).await)?;
        call.name(reply.into_done()).map(drop)
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
    pub async fn get_struct<S: DeserializeOwned>(&self, key: impl AsKey) -> Result<Option<S>> {
        let call = Call::on("get_struct", &key);
        let reply = self.ask(call, &self.on(call, "HGETALL", &key)?).await?;
        let fields = call.name(reply.into_pairs())?;
        let fields = fields.into_iter().map(|(name, value)| Ok((name.into_value()?, value.into_value()?)));
        let fields = call.name(fields.collect::<Result<Vec<_>>>())?;
        if fields.is_empty() {
            return Ok(None);
        }
        call.name(decode_fields(self.encoding(), &fields)).map(Some)
    }
}
