//! Text that is read as it is, where a type asks for [`Text`].

use std::cell::Cell;

use serde::de::{DeserializeSeed, Deserializer, Visitor, value::BorrowedStrDeserializer};

use crate::values::Text;

/// A seed for the whole of `text`.
pub(super) struct Whole<'a, 'c, S> {
    pub(super) inner: S,
    pub(super) text: &'a str,
    /// Whether the text was read as it is, and so to its end.
    pub(super) is_read: &'c Cell<bool>,
}

impl<'a, S: DeserializeSeed<'a>> DeserializeSeed<'a> for Whole<'a, '_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'a>>(self, decoder: D) -> Result<S::Value, D::Error> {
        let Self { inner, text, is_read } = self;
        inner.deserialize(Whole { inner: decoder, text, is_read })
    }
}

/// What stands for `None`, with white space around it.
pub(super) fn is_null(text: &str) -> bool {
    text.trim_matches([' ', '\t', '\r', '\n']) == "null"
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(#[inline]
        fn $method<V: Visitor<'a>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($argument,)* visitor)
        })*
    };
}

impl<'a, D: Deserializer<'a>> Deserializer<'a> for Whole<'a, '_, D> {
    type Error = D::Error;

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if name == Text::NAME {
            self.is_read.set(true);
            return visitor.visit_newtype_struct(BorrowedStrDeserializer::new(self.text));
        }
        // `serde_json` has types that it knows by their names.
        if name.starts_with('$') {
            return self.inner.deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, D::Error> {
        if is_null(self.text) { self.inner.deserialize_option(visitor) } else { visitor.visit_some(self) }
    }

    forward! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
