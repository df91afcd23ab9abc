//! A deserializer that notes where it is.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::{Cause, Noted, Segment, Trail};

/// Something of serde's (a deserializer, visitor, seed or access) with its place.
pub(super) struct Located<'t, X> {
    inner: X,
    trail: &'t Trail,
    /// How many segments of the trail lead here.
    depth: usize,
    /// The names that what comes next may have: the fields of this struct, the variants of this enum.
    names: &'static [&'static str],
    /// The number of elements so far, or the entry whose value comes next.
    at: Segment,
}

impl<'t, X> Located<'t, X> {
    pub(super) fn outermost(inner: X, trail: &'t Trail) -> Self {
        Self { inner, trail, depth: 0, names: &[], at: Segment::Index(0) }
    }

    /// Something else at the same place.
    fn with<Y>(&self, inner: Y) -> Located<'t, Y> {
        Located { inner, trail: self.trail, depth: self.depth, names: self.names, at: Segment::Index(0) }
    }

    /// Something within.
    fn within<Y>(&self, inner: Y) -> Located<'t, Y> {
        Located { depth: self.depth + 1, names: &[], ..self.with(inner) }
    }

    /// Runs `decode` for what is within, as this segment.
    fn inside<T, E>(&self, segment: Segment, decoded: impl FnOnce() -> Result<T, E>) -> Result<T, Noted<E>> {
        self.trail.enter(self.depth, segment);
        let value = decoded().map_err(Noted::from)?;
        self.trail.leave(self.depth);
        Ok(value)
    }

    /// Notes a name, if it is one of those that may come.
    fn note(&self, name: &str) {
        self.trail.name.set(self.names.iter().find(|known| **known == name).copied());
    }

    /// Takes the name that was noted last.
    fn noted(&self) -> Segment {
        self.trail.name.take().map_or(Segment::Key, Segment::Name)
    }
}

impl<E> From<E> for Noted<E> {
    fn from(inner: E) -> Self {
        Self { inner, cause: None }
    }
}

impl<E: fmt::Display> fmt::Display for Noted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<E: fmt::Debug> fmt::Debug for Noted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<E: Error> std::error::Error for Noted<E> {}

impl<E: Error> Noted<E> {
    fn new(inner: E, cause: Cause) -> Self {
        Self { inner, cause: Some(cause) }
    }
}

impl<E: Error> Error for Noted<E> {
    fn custom<T: fmt::Display>(text: T) -> Self {
        E::custom(text).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(E::invalid_type(found, expected), Cause::of(found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(E::invalid_value(found, expected), Cause::Value)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(E::invalid_length(length, expected), Cause::Length(length))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(E::unknown_variant(variant, expected), Cause::UnknownVariant)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(E::unknown_field(field, expected), Cause::UnknownField)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(E::missing_field(field), Cause::MissingField(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(E::duplicate_field(field), Cause::DuplicateField(field))
    }
}

macro_rules! deserialize {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            let visitor = self.with(visitor);
            Ok(self.inner.$method($($argument,)* visitor)?)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Located<'_, D> {
    type Error = Noted<D::Error>;

    deserialize! {
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
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let visitor = Located { names: fields, ..self.with(visitor) };
        Ok(self.inner.deserialize_struct(name, fields, visitor)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let visitor = Located { names: variants, ..self.with(visitor) };
        Ok(self.inner.deserialize_enum(name, variants, visitor)?)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visit {
    ($($method:ident($type:ty);)*) => {
        $(fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method::<Noted<E>>(value).map_err(|error| self.trail.settle(error))
        })*
    };
}

macro_rules! visit_name {
    ($($method:ident($type:ty);)*) => {
        $(fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.note(&value);
            self.inner.$method::<Noted<E>>(value).map_err(|error| self.trail.settle(error))
        })*
    };
}

macro_rules! visit_within {
    ($($method:ident($access:ident: $trait:ident);)*) => {
        $(fn $method<A: $trait<'de>>(self, $access: A) -> Result<V::Value, A::Error> {
            let $access = self.with($access);
            self.inner.$method($access).map_err(|error| self.trail.settle(error))
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Located<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    visit_name! {
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none::<Noted<E>>().map_err(|error| self.trail.settle(error))
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit::<Noted<E>>().map_err(|error| self.trail.settle(error))
    }

    visit_within! {
        visit_some(decoder: Deserializer);
        visit_newtype_struct(decoder: Deserializer);
        visit_seq(elements: SeqAccess);
        visit_map(entries: MapAccess);
        visit_enum(data: EnumAccess);
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Located<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, decoder: D) -> Result<S::Value, D::Error> {
        let decoder = self.with(decoder);
        self.inner.deserialize(decoder).map_err(|error| self.trail.settle(error))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Located<'_, A> {
    type Error = Noted<A::Error>;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        let seed = self.within(seed);
        self.trail.enter(self.depth, self.at);
        let element = self.inner.next_element_seed(seed)?;
        self.trail.leave(self.depth);
        if let Segment::Index(index) = &mut self.at {
            *index += 1;
        }
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Located<'_, A> {
    type Error = Noted<A::Error>;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        self.trail.leave(self.depth);
        let seed = self.with(seed);
        let key = self.inner.next_key_seed(seed)?;
        self.at = self.noted();
        Ok(key)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Self::Error> {
        let seed = self.within(seed);
        self.trail.enter(self.depth, self.at);
        let value = self.inner.next_value_seed(seed)?;
        self.trail.leave(self.depth);
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 't, A: EnumAccess<'de>> EnumAccess<'de> for Located<'t, A> {
    type Error = Noted<A::Error>;
    type Variant = Located<'t, A::Variant>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), Self::Error> {
        let (seed, here) = (self.with(seed), self.with(()));
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, Located { at: here.noted(), ..here.with(variant) }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Located<'_, A> {
    type Error = Noted<A::Error>;

    fn unit_variant(self) -> Result<(), Self::Error> {
        let here = self.with(());
        here.inside(self.at, || self.inner.unit_variant())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Self::Error> {
        let (seed, here) = (self.within(seed), self.with(()));
        here.inside(self.at, || self.inner.newtype_variant_seed(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Self::Error> {
        let (visitor, here) = (self.within(visitor), self.with(()));
        here.inside(self.at, || self.inner.tuple_variant(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let (visitor, here) = (Located { names: fields, ..self.within(visitor) }, self.with(()));
        here.inside(self.at, || self.inner.struct_variant(fields, visitor))
    }
}
