use serde::{
    Serialize,
    ser::{
        self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{
    Checked, Rules,
    names::{FieldNames, KeyNames},
};

/// What is written of an array.
pub(super) struct Compound<'a, C> {
    inner: C,
    rules: Rules<'a>,
    /// How many items are still to come, as its type has announced.
    announced: Option<usize>,
}

/// What is written of a map or a struct.
pub(super) struct Named<'a, C, N> {
    inner: Compound<'a, C>,
    names: N,
}

impl<'a, C> Compound<'a, C> {
    #[inline]
    pub(super) fn new(inner: C, rules: Rules<'a>, announced: Option<usize>) -> Self {
        let announced = announced.filter(|_| rules.format.has_lengths);
        Self { inner, rules, announced }
    }

    #[inline]
    fn next<E: ser::Error>(&mut self) -> Result<(), E> {
        if let Some(announced) = &mut self.announced {
            *announced = announced.checked_sub(1).ok_or_else(|| miscounted(self.rules))?;
        }
        Ok(())
    }

    #[inline]
    fn finish<E: ser::Error>(self) -> Result<C, E> {
        if self.announced.is_some_and(|announced| announced > 0) {
            Err(miscounted(self.rules))
        } else {
            Ok(self.inner)
        }
    }
}

impl<'a, C> Named<'a, C, FieldNames> {
    #[inline]
    pub(super) fn of_struct(inner: C, rules: Rules<'a>, length: usize) -> Self {
        Self { inner: Compound::new(inner, rules, Some(length)), names: FieldNames::default() }
    }

    #[inline]
    fn next<E: ser::Error>(&mut self, name: &'static str) -> Result<(), E> {
        self.inner.next()?;
        if self.names.insert(name) { Ok(()) } else { Err(twice(self.inner.rules)) }
    }
}

impl<'a, C> Named<'a, C, KeyNames> {
    #[inline]
    pub(super) fn of_map(inner: C, rules: Rules<'a>, length: Option<usize>) -> Self {
        Self { inner: Compound::new(inner, rules, length), names: KeyNames::new(length) }
    }
}

#[cold]
fn miscounted<E: ser::Error>(rules: Rules<'_>) -> E {
    rules.refuse("it has another number of items than it says")
}

#[cold]
fn twice<E: ser::Error>(rules: Rules<'_>) -> E {
    rules.refuse("it has a field twice")
}

macro_rules! array {
    ($($of:ident::$method:ident;)*) => {
        $(impl<C: $of> $of for Compound<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.next::<C::Error>()?;
                self.inner.$method(&Checked { value, rules: self.rules })
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.finish::<C::Error>()?.end()
            }
        })*
    };
}

array! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

macro_rules! fields {
    ($($of:ident;)*) => {
        $(impl<C: $of> $of for Named<'_, C, FieldNames> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.next::<C::Error>(name)?;
                self.inner.inner.serialize_field(name, &Checked { value, rules: self.inner.rules })
            }

            #[inline]
            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.inner.inner.skip_field(name)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.finish::<C::Error>()?.end()
            }
        })*
    };
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl<C: SerializeMap> SerializeMap for Named<'_, C, KeyNames> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.inner.next::<C::Error>()?;
        if !self.names.insert(value) {
            return Err(twice(self.inner.rules));
        }
        self.inner.inner.serialize_key(&Checked { value, rules: self.inner.rules })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.inner.inner.serialize_value(&Checked { value, rules: self.inner.rules })
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.finish::<C::Error>()?.end()
    }
}
