//! What is written can be read: values are checked while they are encoded.

mod compound;
mod names;

use std::cell::Cell;

use serde::{Serialize, Serializer};

use super::bare::is_null;
use crate::values::Text;

use self::{
    compound::{Compound, Named},
    names::{FieldNames, KeyNames},
};

/// How many arrays and maps may be within each other. Both formats are read no deeper, so that what is read cannot
/// exhaust the stack.
pub(super) const MAX_DEPTH: u8 = 127;

/// What a format can write and nothing can read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// Whether it has floats that are not finite. `serde_json` writes them as `null`.
    pub(super) has_infinity: bool,
    /// Whether lengths come first, so that a wrong one makes something else of what follows.
    pub(super) has_lengths: bool,
    /// Whether a value that is a [`Text`] is not written: it is stored as it is.
    pub(super) leaves_text: bool,
}

/// Why a serializer was stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The value is text that is stored as it is.
    Text(String),
    Refused(&'static str),
    /// The format cannot write the type.
    Unfit,
}

/// Has `serializer` write `value`, or says why it did not.
pub(super) fn write<T: Serialize + ?Sized, S: Serializer>(
    format: Format,
    value: &T,
    serializer: S,
) -> Result<S::Ok, Stop> {
    let stopped = Cell::new(None);
    let bare = if format.leaves_text { Bare::Any } else { Bare::Nothing };
    let rules = Rules { format, left: MAX_DEPTH, bare, stopped: &stopped };
    // The error's own text may quote the value.
    value.serialize(Checking { inner: serializer, rules }).map_err(|_| stopped.take().unwrap_or(Stop::Unfit))
}

#[derive(Clone, Copy)]
struct Rules<'a> {
    format: Format,
    /// How many more arrays and maps there may be within each other.
    left: u8,
    bare: Bare,
    stopped: &'a Cell<Option<Stop>>,
}

/// Which text is stored as it is, if it is the value that comes next.
#[derive(Clone, Copy, PartialEq)]
enum Bare {
    Nothing,
    /// In an `Option`: not what stands for `None`.
    ExceptNull,
    Any,
}

impl Rules<'_> {
    #[inline]
    fn deeper<E: serde::ser::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, bare: Bare::Nothing, ..self }),
            None => Err(self.refuse("it is nested too deeply to be read")),
        }
    }

    #[inline]
    fn check_float<E: serde::ser::Error>(self, is_finite: bool) -> Result<(), E> {
        if is_finite || self.format.has_infinity {
            Ok(())
        } else {
            Err(self.refuse("JSON has no NaN and no infinity"))
        }
    }

    #[cold]
    fn refuse<E: serde::ser::Error>(self, reason: &'static str) -> E {
        self.stopped.set(Some(Stop::Refused(reason)));
        E::custom(reason)
    }

    /// Stops the serializer: the text is stored as it is.
    #[cold]
    fn leave<E: serde::ser::Error>(self, text: Option<String>) -> E {
        match text {
            None => self.refuse("it is not text"),
            Some(text) if self.bare == Bare::ExceptNull && is_null(&text) => {
                self.refuse("the text `null` in an `Option` would be read as `None`")
            }
            Some(text) => {
                self.stopped.set(Some(Stop::Text(text)));
                E::custom("bare text")
            }
        }
    }
}

/// A value within another, checked as well.
struct Checked<'a, T: ?Sized> {
    value: &'a T,
    rules: Rules<'a>,
}

impl<T: Serialize + ?Sized> Serialize for Checked<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Checking { inner: serializer, rules: self.rules })
    }
}

/// A serializer that refuses what could not be read.
struct Checking<'a, S> {
    inner: S,
    rules: Rules<'a>,
}

macro_rules! forward {
    ($($method:ident($type:ty);)*) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

impl<'a, S: Serializer> Serializer for Checking<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Compound<'a, S::SerializeSeq>;
    type SerializeTuple = Compound<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Compound<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Compound<'a, S::SerializeTupleVariant>;
    type SerializeMap = Named<'a, S::SerializeMap, KeyNames>;
    type SerializeStruct = Named<'a, S::SerializeStruct, FieldNames>;
    type SerializeStructVariant = Named<'a, S::SerializeStructVariant, FieldNames>;

    forward! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_unit_struct(&'static str);
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.rules.check_float(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.rules.check_float(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        // In JSON they are an array.
        self.rules.deeper::<S::Error>()?;
        self.inner.serialize_bytes(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let Self { inner, mut rules } = self;
        if rules.bare == Bare::Any {
            rules.bare = Bare::ExceptNull;
        }
        inner.serialize_some(&Checked { value, rules })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let Self { inner, rules } = self;
        if rules.bare != Bare::Nothing && name == Text::NAME {
            return Err(rules.leave(names::text_of(value)));
        }
        inner.serialize_newtype_struct(name, &Checked { value, rules })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let rules = self.rules.deeper()?;
        self.inner.serialize_newtype_variant(name, index, variant, &Checked { value, rules })
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        let rules = self.rules.deeper()?;
        Ok(Compound::new(self.inner.serialize_seq(length)?, rules, length))
    }

    #[inline]
    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        let rules = self.rules.deeper()?;
        Ok(Compound::new(self.inner.serialize_tuple(length)?, rules, Some(length)))
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let rules = self.rules.deeper()?;
        Ok(Compound::new(self.inner.serialize_tuple_struct(name, length)?, rules, Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        // The variant's name is a map around it.
        let rules = self.rules.deeper::<S::Error>()?.deeper()?;
        let inner = self.inner.serialize_tuple_variant(name, index, variant, length)?;
        Ok(Compound::new(inner, rules, Some(length)))
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let rules = self.rules.deeper()?;
        Ok(Named::of_map(self.inner.serialize_map(length)?, rules, length))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        let rules = self.rules.deeper()?;
        Ok(Named::of_struct(self.inner.serialize_struct(name, length)?, rules, length))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let rules = self.rules.deeper::<S::Error>()?.deeper()?;
        let inner = self.inner.serialize_struct_variant(name, index, variant, length)?;
        Ok(Named::of_struct(inner, rules, length))
    }

    #[inline]
    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

#[cfg(test)]
mod tests;
