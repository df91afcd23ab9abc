//! Where in a value decoding fails, and why: in words of the type, never of the value.
//!
//! A path has the names of a struct's fields and of an enum's variants, which are constants of the program, and the
//! positions in lists. The keys of a map are data, and are `?`.

mod deserializer;

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, Unexpected};

use self::deserializer::Located;

/// Decodes with the seed, and notes on the trail where that fails.
pub(super) fn decode<'de, S: DeserializeSeed<'de>, D: Deserializer<'de>>(
    seed: S,
    decoder: D,
    trail: &Trail,
) -> Result<S::Value, D::Error> {
    seed.deserialize(Located::outermost(decoder, trail)).map_err(|error| trail.settle(error))
}

/// The way to what is being decoded, or to what has failed.
#[derive(Default)]
pub(super) struct Trail {
    segments: RefCell<Vec<Segment>>,
    cause: Cell<Option<Cause>>,
    /// The field or variant that was named last.
    name: Cell<Option<&'static str>>,
}

/// How many segments of a path are shown: its last ones.
const MAX_SHOWN: usize = 12;

#[derive(Clone, Copy)]
enum Segment {
    /// A field or a variant.
    Name(&'static str),
    /// A key of a map, or a field that the type does not have.
    Key,
    Index(usize),
}

/// Why the type refuses what is there.
#[derive(Clone, Copy)]
pub(super) enum Cause {
    MissingField(&'static str),
    DuplicateField(&'static str),
    UnknownField,
    UnknownVariant,
    Found(&'static str),
    Length(usize),
    Value,
}

impl Trail {
    /// Enters what is at this depth; whatever was deeper has been left, or its failure did not matter.
    fn enter(&self, depth: usize, segment: Segment) {
        self.leave(depth);
        self.segments.borrow_mut().push(segment);
    }

    fn leave(&self, depth: usize) {
        self.segments.borrow_mut().truncate(depth);
        self.cause.set(None);
    }

    /// Keeps the cause of an error that the innermost value has, and returns the format's own error.
    fn settle<E>(&self, error: Noted<E>) -> E {
        if self.cause.get().is_none() {
            self.cause.set(error.cause);
        }
        error.inner
    }

    /// Returns why it failed, if that is known.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause.get()
    }
}

impl fmt::Display for Trail {
    /// ` at "items[3].price"`; nothing if it is the whole value that failed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments = self.segments.borrow();
        if segments.is_empty() {
            return Ok(());
        }
        f.write_str(" at \"")?;
        let hidden = segments.len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            f.write_str("…")?;
        }
        for (index, segment) in segments.iter().enumerate().skip(hidden) {
            match segment {
                Segment::Name(name) if index == 0 => write!(f, "{name}")?,
                Segment::Name(name) => write!(f, ".{name}")?,
                Segment::Key => f.write_str("[?]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        f.write_str("\"")
    }
}

impl Cause {
    fn of(found: Unexpected<'_>) -> Self {
        Self::Found(match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
            Unexpected::Float(_) => "a float",
            Unexpected::Char(_) | Unexpected::Str(_) => "a string",
            Unexpected::Bytes(_) => "bytes",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "an array",
            Unexpected::Map => "a map",
            _ => return Self::Value,
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingField(name) => write!(f, "the field \"{name}\" is missing"),
            Self::DuplicateField(name) => write!(f, "the field \"{name}\" is there twice"),
            Self::UnknownField => f.write_str("a field that the type does not have"),
            Self::UnknownVariant => f.write_str("a variant that the type does not have"),
            Self::Found(what) => write!(f, "found {what}"),
            Self::Length(length) => write!(f, "a length of {length}, which does not fit"),
            Self::Value => f.write_str("not a value that the type accepts"),
        }
    }
}

/// The error of a format, and the cause as far as the type has stated it.
struct Noted<E> {
    inner: E,
    cause: Option<Cause>,
}

#[cfg(test)]
mod tests;
