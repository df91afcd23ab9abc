//! Structs as the fields of a hash, each of them encoded on its own, and back.

use std::{any::type_name, borrow::Cow, collections::HashSet, fmt, slice};

use serde::{
    Serialize, Serializer,
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor,
        value::{BorrowedBytesDeserializer, BorrowedStrDeserializer},
    },
    forward_to_deserialize_any,
    ser::{Impossible, SerializeMap, SerializeStruct},
};

use super::{Encoding, form::undecodable};
use crate::error::{Error, ErrorKind, Result};

type Fields = Vec<(String, Vec<u8>)>;

/// Encodes the fields of a struct, or the entries of a map whose keys are text, in their order.
///
/// # Errors
///
/// `Serialization` if the value is neither, or has a field twice; `InvalidInput` if it has no field, or a field without
/// a name.
pub(crate) fn encode_fields<S: Serialize + ?Sized>(encoding: Encoding, value: &S) -> Result<Fields> {
    let writer = Writer { encoding, fields: Vec::new(), name: String::new() };
    let fields = value.serialize(writer).map_err(|stopped| match stopped {
        Stopped::By(error) => error,
        Stopped::Missing(_) | Stopped::Unfit => {
            let message = format!("{} is neither a struct nor a map with text for keys", type_name::<S>());
            Error::new(ErrorKind::Serialization, message)
        }
    })?;
    let mut names = HashSet::with_capacity(fields.len());
    if fields.is_empty() {
        return Err(Error::invalid_input("the value has no field, and Redis has no empty hashes"));
    }
    if fields.iter().any(|(name, _)| name.is_empty()) {
        return Err(Error::invalid_input("a field has no name"));
    }
    // Redis would keep the last of them.
    if !fields.iter().all(|(name, _)| names.insert(name)) {
        let message = format!("{} cannot be a hash: it has a field twice", type_name::<S>());
        return Err(Error::new(ErrorKind::Serialization, message));
    }
    Ok(fields)
}

/// # Errors
///
/// `Deserialization` if a field does not decode, is missing or is unknown to the type.
pub(crate) fn decode_fields<S: DeserializeOwned>(
    encoding: Encoding,
    fields: &[(Vec<u8>, Vec<u8>)],
) -> Result<S> {
    let plain = fields.iter().map(|(name, value)| {
        let value = encoding.plain::<S>(value).map_err(|error| error.in_field(name))?;
        Ok((&name[..], value))
    });
    let plain = plain.collect::<Result<Vec<_>>>()?;
    let reader = Reader { encoding, fields: plain.iter(), field: None, is_located: false };
    // Once more after a failure, to learn where within a field it is.
    let again = |_| S::deserialize(Reader { fields: plain.iter(), is_located: true, ..reader.clone() });
    S::deserialize(reader.clone()).or_else(again).map_err(|stopped| match stopped {
        Stopped::By(error) => error,
        Stopped::Missing(name) => undecodable::<S>(format_args!("the field \"{name}\" is missing")),
        Stopped::Unfit => undecodable::<S>("the fields do not fit the type"),
    })
}

/// The reason why serde stopped. Its own text is dropped: it may quote a value.
#[derive(Debug)]
enum Stopped {
    By(Error),
    /// A field of the type.
    Missing(&'static str),
    Unfit,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields do not fit the type")
    }
}

impl std::error::Error for Stopped {}

impl serde::ser::Error for Stopped {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Unfit
    }
}

impl serde::de::Error for Stopped {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Unfit
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

struct Writer {
    encoding: Encoding,
    fields: Fields,
    /// The name of the map entry whose value comes next.
    name: String,
}

impl Writer {
    fn field<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Stopped> {
        let value = self.encoding.encode(value).map_err(|error| Stopped::By(error.in_field(&name)))?;
        self.fields.push((name, value));
        Ok(())
    }
}

impl SerializeStruct for Writer {
    type Ok = Fields;
    type Error = Stopped;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Stopped> {
        self.field(name.to_owned(), value)
    }

    fn end(self) -> Result<Fields, Stopped> {
        Ok(self.fields)
    }
}

impl SerializeMap for Writer {
    type Ok = Fields;
    type Error = Stopped;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stopped> {
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(name)) => self.name = name,
            _ => return Err(Stopped::Unfit),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stopped> {
        let name = std::mem::take(&mut self.name);
        self.field(name, value)
    }

    fn end(self) -> Result<Fields, Stopped> {
        Ok(self.fields)
    }
}

/// Refuses values that have no fields.
macro_rules! unfit {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, Stopped> {
            Err(Stopped::Unfit)
        })*
    };
}

type Unfit = Impossible<Fields, Stopped>;

impl Serializer for Writer {
    type Ok = Fields;
    type Error = Stopped;
    type SerializeSeq = Unfit;
    type SerializeTuple = Unfit;
    type SerializeTupleStruct = Unfit;
    type SerializeTupleVariant = Unfit;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Unfit;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Stopped> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Stopped> {
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Fields, Stopped> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Fields, Stopped> {
        Err(Stopped::Unfit)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Fields, Stopped> {
        Err(Stopped::Unfit)
    }

    unfit! {
        serialize_bool(bool) -> Fields;
        serialize_i8(i8) -> Fields;
        serialize_i16(i16) -> Fields;
        serialize_i32(i32) -> Fields;
        serialize_i64(i64) -> Fields;
        serialize_u8(u8) -> Fields;
        serialize_u16(u16) -> Fields;
        serialize_u32(u32) -> Fields;
        serialize_u64(u64) -> Fields;
        serialize_f32(f32) -> Fields;
        serialize_f64(f64) -> Fields;
        serialize_char(char) -> Fields;
        serialize_str(&str) -> Fields;
        serialize_bytes(&[u8]) -> Fields;
        serialize_none() -> Fields;
        serialize_unit() -> Fields;
        serialize_unit_struct(&'static str) -> Fields;
        serialize_unit_variant(&'static str, u32, &'static str) -> Fields;
        serialize_seq(Option<usize>) -> Unfit;
        serialize_tuple(usize) -> Unfit;
        serialize_tuple_struct(&'static str, usize) -> Unfit;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Unfit;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Unfit;
    }
}

type Field<'de> = (&'de [u8], Cow<'de, [u8]>);

#[derive(Clone)]
struct Reader<'de> {
    encoding: Encoding,
    /// Whether errors say where in a field the failure is, which takes longer.
    is_located: bool,
    fields: slice::Iter<'de, Field<'de>>,
    /// The field whose value comes next.
    field: Option<&'de Field<'de>>,
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Stopped;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Reader<'de> {
    type Error = Stopped;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stopped> {
        self.field = self.fields.next();
        let Some((name, _)) = self.field else { return Ok(None) };
        let key = match str::from_utf8(name) {
            Ok(name) => seed.deserialize(BorrowedStrDeserializer::<Stopped>::new(name)),
            Err(_) => seed.deserialize(BorrowedBytesDeserializer::<Stopped>::new(name)),
        };
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stopped> {
        let Some((name, value)) = self.field.take() else { return Err(Stopped::Unfit) };
        let decoded = match self.is_located {
            false => self.encoding.decode_plain(seed, value),
            true => self.encoding.decode_located(seed, value),
        };
        decoded.map_err(|error| Stopped::By(error.in_field(name)))
    }
}

#[cfg(test)]
mod tests;
