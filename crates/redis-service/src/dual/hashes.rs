use std::{borrow::Borrow, collections::HashMap, marker::PhantomData};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Execute, Service,
    facet::Facet,
    runtime::{Link, dual},
};
use crate::{
    AsKey, Command, Error, ErrorKind, Expiry, FailedValue, Outcome, Reply, Result, Ttl, call::Call,
    expiry::Expires,
};

/// A hash whose values are `T`s: [`Service::hash`] makes one.
///
/// Cheap to clone. Making it sends nothing, and a key that makes no sense is refused by its calls. Its fields are
/// text; an empty name is refused. It expires as any key does, by [`Service::expire`]. Values are written in any
/// form that a `T` can be borrowed in: a `Hash<String>` takes `&str`.
///
/// What writes is sent again after a lost reply unless its documentation says otherwise; what it tells is then
/// what the last time found.
#[derive(Debug)]
pub struct Hash<T, L = Link> {
    facet: Facet<L>,
    values: PhantomData<fn() -> T>,
}

impl<L> Service<L> {
    /// The hash at `key`, of values of one type.
    ///
    /// For a struct as one hash see [`set_struct`](Self::set_struct).
    #[must_use]
    pub fn hash<T>(&self, key: impl AsKey) -> Hash<T, L> {
        Hash { facet: Facet::new(self, &key), values: PhantomData }
    }
}

#[dual]
impl<T, L: Execute> Hash<T, L> {
    /// Sets a field, and tells whether it is new.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash; `Serialization` and `InvalidInput` as for
    /// [`Service::set`](Service::set).
    pub async fn set<V: Serialize + Sync + ?Sized>(
        &self,
        field: impl AsRef<str> + Send,
        value: &V,
    ) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("hash.set");
        let command = self.with_field(call, "HSET", field.as_ref())?;
        let command = command.arg(self.facet.service().encode(call, value)?);
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Sets a field if there is none of its name, and tells whether it did.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `HSETNX`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub async fn set_if_absent<V: Serialize + Sync + ?Sized>(
        &self,
        field: impl AsRef<str> + Send,
        value: &V,
    ) -> Result<bool>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("hash.set_if_absent");
        let command = self.with_field(call, "HSETNX", field.as_ref())?;
        let command = command.arg(self.facet.service().encode(call, value)?);
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Sets many fields, all or none, and tells how many are new. No entries, no command.
    ///
    /// Command: `HSET`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), before anything is sent if any entry makes no sense.
    pub async fn set_many<'a, F: AsRef<str>, V: Serialize + ?Sized + 'a>(
        &self,
        entries: impl IntoIterator<Item = (F, &'a V)> + Send,
    ) -> Result<u64>
    where
        T: Borrow<V>,
    {
        let call = self.facet.call("hash.set_many");
        let command = self.setting(call, entries)?;
        self.facet.count(call, command).await
    }

    /// Deletes a field, and tells whether there was one. A hash without fields is gone.
    ///
    /// Command: `HDEL`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    pub async fn delete(&self, field: impl AsRef<str> + Send) -> Result<bool> {
        let call = self.facet.call("hash.delete");
        let command = self.with_field(call, "HDEL", field.as_ref())?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Deletes many fields, and tells how many there were. No fields, no command.
    ///
    /// Command: `HDEL`.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    pub async fn delete_many(&self, fields: &[impl AsRef<str> + Sync]) -> Result<u64> {
        let call = self.facet.call("hash.delete_many");
        let command = self.with_fields(call, self.facet.command(call, "HDEL")?, fields)?;
        self.facet.count(call, command).await
    }

    /// Whether there is such a field.
    ///
    /// Command: `HEXISTS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    pub async fn exists(&self, field: impl AsRef<str> + Send) -> Result<bool> {
        let call = self.facet.call("hash.exists");
        let command = self.with_field(call, "HEXISTS", field.as_ref())?;
        call.name(self.facet.ask(call, &command).await?.into_bool())
    }

    /// Adds `by` to a field that counts, and hands back what it is now: a bare integer, whatever the codec. A
    /// missing field counts as 0.
    ///
    /// Never sent twice: if the reply is lost, the outcome is `Unknown`.
    ///
    /// Command: `HINCRBY`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the field holds no integer, or the key no hash; `Operation` if it would overflow. Nothing
    /// is changed then.
    pub async fn increment(&self, field: impl AsRef<str> + Send, by: i64) -> Result<i64> {
        let call = self.facet.call("hash.increment");
        let command = self.with_field(call, "HINCRBY", field.as_ref())?.arg(by);
        call.name(self.facet.ask(call, &command).await?.into_integer())
    }

    /// How many fields there are; 0 if there is no such key.
    ///
    /// Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    pub async fn len(&self) -> Result<u64> {
        let call = self.facet.call("hash.len");
        let command = self.facet.command(call, "HLEN")?;
        self.facet.count(call, Some(command)).await
    }

    /// Whether there are no fields, and so no such key.
    ///
    /// Command: `HLEN`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    pub async fn is_empty(&self) -> Result<bool> {
        let call = self.facet.call("hash.is_empty");
        let command = self.facet.command(call, "HLEN")?;
        self.facet.count(call, Some(command)).await.map(|fields| fields == 0)
    }

    /// The names of all fields, in no order.
    ///
    /// Command: `HKEYS`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash; `Deserialization` if the name of a field is not UTF-8.
    pub async fn keys(&self) -> Result<Vec<String>> {
        let call = self.facet.call("hash.keys");
        let reply = self.facet.ask(call, &self.facet.command(call, "HKEYS")?).await?;
        let names = call.name(reply.into_values())?;
        call.name(names.into_iter().map(name).collect())
    }

    /// Sets when these fields expire, and tells of each, in their order, whether there is such a field. No
    /// fields, no command.
    ///
    /// Command: `HPEXPIRE` or `HPEXPIREAT`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server is older; `WrongType` if the key holds no hash; `InvalidInput` if the expiry
    /// makes no sense, `Never` and `Keep` included.
    pub async fn expire_fields(
        &self,
        fields: &[impl AsRef<str> + Sync],
        expiry: impl Into<Expiry> + Send,
    ) -> Result<Vec<bool>> {
        let call = self.facet.call("hash.expire_fields");
        let (command, time) = match self.facet.service().expires(call, expiry)? {
            Expires::InMilliseconds(time) => ("HPEXPIRE", time),
            Expires::AtMilliseconds(time) => ("HPEXPIREAT", time),
            Expires::Never | Expires::Keep => {
                return Err(call.blame(Error::invalid_input("a field's expiry is a time")));
            }
        };
        let command = self.facet.command(call, command)?.arg(time).arg("FIELDS").arg(fields.len());
        let command = self.with_fields(call, command, fields)?;
        let codes = self.codes(call, command, fields.len()).await?;
        // -2: no such field; 1: set; 2: it has expired already.
        Ok(codes.into_iter().map(|code| code > 0).collect())
    }

    /// How long these fields have left, in their order. No fields, no command.
    ///
    /// Command: `HPTTL`, which Redis has since 7.4 and Valkey since 9.0.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the server is older; `WrongType` if the key holds no hash.
    pub async fn field_ttls(&self, fields: &[impl AsRef<str> + Sync]) -> Result<Vec<Ttl>> {
        let call = self.facet.call("hash.field_ttls");
        let command = self.facet.command(call, "HPTTL")?.arg("FIELDS").arg(fields.len());
        let command = self.with_fields(call, command, fields)?;
        let codes = self.codes(call, command, fields.len()).await?;
        Ok(codes.into_iter().map(Ttl::from_milliseconds).collect())
    }

    /// One integer for each field.
    async fn codes(&self, call: Call<'_>, command: Option<Command>, fields: usize) -> Result<Vec<i64>> {
        let Some(command) = command else { return Ok(Vec::new()) };
        let replies = call.name(self.facet.ask(call, &command).await?.into_array())?;
        if replies.len() != fields {
            let error = Error::unexpected_reply("an integer for each field", "another number of them");
            return Err(call.blame(error));
        }
        call.name(replies.into_iter().map(Reply::into_integer).collect())
    }
}

#[dual]
impl<T: DeserializeOwned, L: Execute> Hash<T, L> {
    /// The value of a field; `None` if there is no such field.
    ///
    /// Command: `HGET`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if the stored bytes are no `T`; `WrongType` if the key holds no hash.
    pub async fn get(&self, field: impl AsRef<str> + Send) -> Result<Option<T>> {
        let call = self.facet.call("hash.get");
        let command = self.with_field(call, "HGET", field.as_ref())?;
        let found = call.name(self.facet.ask(call, &command).await?.into_bytes())?;
        found.map(|bytes| self.decode(call, field.as_ref(), &bytes)).transpose()
    }

    /// The values of `fields`, in their order, duplicates included; `None` where there is no such field. A value
    /// that does not decode spoils only its own place. No fields, no command.
    ///
    /// Command: `HMGET`.
    ///
    /// # Errors
    ///
    /// `WrongType` if the key holds no hash.
    pub async fn get_many(
        &self,
        fields: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Result<Option<T>, FailedValue>>> {
        let call = self.facet.call("hash.get_many");
        let command = self.with_fields(call, self.facet.command(call, "HMGET")?, fields)?;
        let Some(command) = command else { return Ok(Vec::new()) };
        let replies = self.facet.ask(call, &command).await?;
        let values =
            call.name(replies.into_array().and_then(|values| crate::bulk::bytes_of(values, fields.len())))?;
        let decode = |(field, bytes): (&_, Option<Vec<u8>>)| {
            let field = AsRef::<str>::as_ref(field);
            let decoded = bytes.map(|bytes| self.facet.decode(call, &bytes)).transpose();
            decoded.map_err(|error| FailedValue::in_field(field, error))
        };
        Ok(fields.iter().zip(values).map(decode).collect())
    }

    /// All fields and their values; none if there is no such key.
    ///
    /// Command: `HGETALL`.
    ///
    /// # Errors
    ///
    /// `Deserialization`, naming the field, if one is no `T` or its name not UTF-8; `WrongType` if the key holds
    /// no hash.
    pub async fn get_all(&self) -> Result<HashMap<String, T>> {
        let call = self.facet.call("hash.get_all");
        let reply = self.facet.ask(call, &self.facet.command(call, "HGETALL")?).await?;
        let mut found = HashMap::new();
        for (field, value) in call.name(reply.into_pairs())? {
            let field = call.name(field.into_value().and_then(name))?;
            let value = self.decode(call, &field, &call.name(value.into_value())?)?;
            found.insert(field, value);
        }
        Ok(found)
    }

    /// The values of all fields, in no order.
    ///
    /// Command: `HVALS`.
    ///
    /// # Errors
    ///
    /// `Deserialization` if one of them is no `T`; `WrongType` if the key holds no hash.
    pub async fn values(&self) -> Result<Vec<T>> {
        let call = self.facet.call("hash.values");
        let reply = self.facet.ask(call, &self.facet.command(call, "HVALS")?).await?;
        self.facet.decode_all(call, reply)
    }
}

impl<T, L> Hash<T, L> {
    fn with_field(&self, call: Call<'_>, command: &'static str, field: &str) -> Result<Command> {
        Ok(self.facet.command(call, command)?.arg(call.name(checked(field))?))
    }

    /// `None` if there are none.
    fn with_fields(
        &self,
        call: Call<'_>,
        command: Command,
        fields: &[impl AsRef<str>],
    ) -> Result<Option<Command>> {
        let add = |command: Command, field: &_| Ok(command.arg(checked(AsRef::<str>::as_ref(field))?));
        let command = call.name(fields.iter().try_fold(command, add))?;
        Ok((!fields.is_empty()).then_some(command))
    }

    fn setting<'a, F: AsRef<str>, V: Serialize + ?Sized + 'a>(
        &self,
        call: Call<'_>,
        entries: impl IntoIterator<Item = (F, &'a V)>,
    ) -> Result<Option<Command>> {
        let mut entries = entries.into_iter().peekable();
        let command = self.facet.command(call, "HSET")?;
        if entries.peek().is_none() {
            return Ok(None);
        }
        let add = |command: Command, (field, value): (F, &V)| {
            let command = command.arg(call.name(checked(field.as_ref()))?);
            Ok(command.arg(self.facet.service().encode(call, value)?))
        };
        entries.try_fold(command, add).map(Some)
    }
}

impl<T: DeserializeOwned, L> Hash<T, L> {
    fn decode(&self, call: Call<'_>, field: &str, bytes: &[u8]) -> Result<T> {
        self.facet.decode(call, bytes).map_err(|error| error.in_field(field))
    }
}

impl<T, L> Clone for Hash<T, L> {
    fn clone(&self) -> Self {
        Self { facet: self.facet.clone(), values: PhantomData }
    }
}

fn checked(field: &str) -> Result<&str> {
    if field.is_empty() { Err(Error::invalid_input("the name of a field is empty")) } else { Ok(field) }
}

fn name(field: Vec<u8>) -> Result<String> {
    String::from_utf8(field).map_err(|field| {
        let error = Error::new(ErrorKind::Deserialization, "its name is not UTF-8");
        error.with_outcome(Outcome::Applied).in_field(field.as_bytes())
    })
}
