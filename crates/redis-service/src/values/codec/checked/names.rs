use std::{collections::HashSet, fmt};

use serde::{
    Serialize, Serializer,
    ser::{self, Impossible},
};

/// How many names of a struct are remembered: those that serde puts before its fields, such as the tag of an enum.
const REMEMBERED: usize = 4;

/// How many names of a map are compared one by one.
const FEW: usize = 16;

/// The first names of a struct. Its own names are all different; the tag of an enum around it may be one of them again.
#[derive(Default)]
pub(super) struct FieldNames {
    first: [&'static str; REMEMBERED],
    known: usize,
}

impl FieldNames {
    /// Whether `name` was not there before, as far as that is known.
    #[inline]
    pub(super) fn insert(&mut self, name: &'static str) -> bool {
        if self.first[..self.known].contains(&name) {
            return false;
        }
        if self.known < REMEMBERED {
            self.first[self.known] = name;
            self.known += 1;
        }
        true
    }
}

/// The names in a map.
pub(super) enum KeyNames {
    /// No key so far.
    Unknown,
    /// A map that knows its length has no key twice by itself; the tag of an enum around it, which comes first, may be
    /// one of its keys again.
    First(String),
    /// A struct with flattened fields is a map of unknown length.
    All(AllNames),
}

impl KeyNames {
    pub(super) fn new(length: Option<usize>) -> Self {
        if length.is_some() { Self::Unknown } else { Self::All(AllNames::default()) }
    }

    /// Whether `key` was not there before, as far as that is known. What is no text is not compared.
    pub(super) fn insert<T: Serialize + ?Sized>(&mut self, key: &T) -> bool {
        match self {
            Self::Unknown => {
                *self = Self::First(key.serialize(Text(str::to_owned)).unwrap_or_default());
                true
            }
            Self::First(first) => {
                first.is_empty() || !key.serialize(Text(|name: &str| name == first)).unwrap_or(false)
            }
            Self::All(names) => key.serialize(Text(|name: &str| names.insert(name))).unwrap_or(true),
        }
    }
}

/// Names of which there are mostly few: those are compared one by one, which takes less than hashing them.
#[derive(Default)]
pub(super) struct AllNames {
    /// The first of them, one behind the other, and where each ends.
    few: String,
    ends: Vec<usize>,
    many: HashSet<String>,
}

impl AllNames {
    fn insert(&mut self, name: &str) -> bool {
        let mut begin = 0;
        for &end in &self.ends {
            if self.few.as_bytes()[begin..end] == *name.as_bytes() {
                return false;
            }
            begin = end;
        }
        if self.ends.len() < FEW {
            self.few.push_str(name);
            self.ends.push(self.few.len());
            return true;
        }
        self.many.insert(name.to_owned())
    }
}

/// Returns the text that a value is, if it is text.
pub(super) fn text_of<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    value.serialize(Text(str::to_owned)).ok()
}

/// Calls its closure with text, and is an error for everything else.
struct Text<F>(F);

#[derive(Debug)]
struct NoText;

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not text")
    }
}

impl std::error::Error for NoText {}

impl ser::Error for NoText {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

macro_rules! no_text {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, NoText> {
            Err(NoText)
        })*
    };
}

impl<F: FnOnce(&str) -> R, R> Serializer for Text<F> {
    type Ok = R;
    type Error = NoText;
    type SerializeSeq = Impossible<R, NoText>;
    type SerializeTuple = Impossible<R, NoText>;
    type SerializeTupleStruct = Impossible<R, NoText>;
    type SerializeTupleVariant = Impossible<R, NoText>;
    type SerializeMap = Impossible<R, NoText>;
    type SerializeStruct = Impossible<R, NoText>;
    type SerializeStructVariant = Impossible<R, NoText>;

    fn serialize_str(self, value: &str) -> Result<R, NoText> {
        Ok(self.0(value))
    }

    fn serialize_char(self, value: char) -> Result<R, NoText> {
        Ok(self.0(value.encode_utf8(&mut [0; 4])))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<R, NoText> {
        Ok(self.0(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<R, NoText> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<R, NoText> {
        Err(NoText)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<R, NoText> {
        Err(NoText)
    }

    no_text! {
        serialize_bool(bool) -> R;
        serialize_i8(i8) -> R;
        serialize_i16(i16) -> R;
        serialize_i32(i32) -> R;
        serialize_i64(i64) -> R;
        serialize_i128(i128) -> R;
        serialize_u8(u8) -> R;
        serialize_u16(u16) -> R;
        serialize_u32(u32) -> R;
        serialize_u64(u64) -> R;
        serialize_u128(u128) -> R;
        serialize_f32(f32) -> R;
        serialize_f64(f64) -> R;
        serialize_bytes(&[u8]) -> R;
        serialize_none() -> R;
        serialize_unit() -> R;
        serialize_unit_struct(&'static str) -> R;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
