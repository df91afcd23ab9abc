//! Options and results of counters.

use std::ops::{Bound, RangeBounds};

use crate::{
    error::{Error, Result},
    protocol::Reply,
    values::{AsKey, Key, Namespace},
};

/// The treatment of an increment that would take a counter past its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The increment is not applied at all.
    Refuse,
    /// The increment is applied as far as the bound allows.
    Saturate,
}

/// The result of a bounded increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundedIncrement {
    /// The counter's new value.
    pub value: i64,
    /// How much was added: the whole increment, a part of it, or 0.
    pub applied: i64,
}

impl BoundedIncrement {
    /// Reads the old and the new value.
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let mut values = reply.into_array()?.into_iter().map(Reply::into_written_integer);
        let (Some(before), Some(value)) = (values.next(), values.next()) else {
            return Err(Error::unexpected_reply("two integers", "fewer"));
        };
        let (before, value) = (before?, value?);
        // No more than the increment, which was in range.
        Ok(Self { value, applied: value.saturating_sub(before) })
    }
}

/// An increment, checked against the bound in its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BoundedStep {
    pub(crate) by: i64,
    /// The last value that the counter may have.
    pub(crate) bound: i64,
    /// The last value to which the whole increment can be added. It may be out of an `i64`'s range.
    pub(crate) last: i128,
}

impl BoundedStep {
    /// # Errors
    ///
    /// `InvalidInput` if the bounds contain no number.
    pub(crate) fn within(by: i64, bounds: &impl RangeBounds<i64>) -> Result<Self> {
        let empty = || Error::invalid_input("the bounds contain no number");
        let least = match bounds.start_bound() {
            Bound::Included(&least) => least,
            Bound::Excluded(&below) => below.checked_add(1).ok_or_else(empty)?,
            Bound::Unbounded => i64::MIN,
        };
        let most = match bounds.end_bound() {
            Bound::Included(&most) => most,
            Bound::Excluded(&above) => above.checked_sub(1).ok_or_else(empty)?,
            Bound::Unbounded => i64::MAX,
        };
        if least > most {
            return Err(empty());
        }
        let bound = if by < 0 { least } else { most };
        Ok(Self { by, bound, last: i128::from(bound) - i128::from(by) })
    }
}

/// Returns the key that stores the operation `id` of the counter `key`: beside the counter, on the same slot
/// of a cluster.
///
/// # Errors
///
/// `InvalidInput` if the id is empty, the whole is too long, or the braces of the key allow no such key.
pub(crate) fn operation_key(namespace: &Namespace, key: &(impl AsKey + ?Sized), id: &str) -> Result<Vec<u8>> {
    // Escaped like the part of a key: so no id makes the result equal to the counter's key.
    let id = Key::new(id);
    let Ok(id) = id.as_key() else { return Err(Error::invalid_input("the operation's id is empty")) };
    let whole = namespace.key(key)?;
    let open = whole.iter().position(|&byte| byte == b'{');
    let tag = open.and_then(|open| whole[open + 1..].iter().position(|&byte| byte == b'}'));
    let beside = match tag {
        // Keys that begin alike have the same tag.
        Some(1..) => [&whole, &b":once:"[..], id].concat(),
        // The whole key must be the tag, and the first one.
        None if !whole.contains(&b'}') && !namespace.prefix().contains('{') => {
            [namespace.prefix().as_bytes(), b"once:{", &whole, b"}:", id].concat()
        }
        _ => {
            return Err(Error::invalid_input(
                "the key has a brace but no hash tag, so no other key is sure to be on its slot",
            ));
        }
    };
    if beside.len() > Key::MAX_BYTES && !key.is_found() {
        return Err(Error::invalid_input("the operation's id is too long"));
    }
    Ok(beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_increment_minds_the_bound_it_moves_towards() {
        let step = |by, bounds: (Bound<i64>, Bound<i64>)| BoundedStep::within(by, &bounds);
        use Bound::{Excluded, Included, Unbounded};
        assert_eq!(step(3, (Included(0), Included(10))).unwrap(), BoundedStep { by: 3, bound: 10, last: 7 });
        assert_eq!(step(-3, (Included(0), Included(10))).unwrap(), BoundedStep { by: -3, bound: 0, last: 3 });
        assert_eq!(step(3, (Excluded(0), Excluded(10))).unwrap().bound, 9);
        assert_eq!(step(-3, (Excluded(0), Unbounded)).unwrap().bound, 1);
        assert_eq!(step(i64::MAX, (Unbounded, Included(i64::MIN))).unwrap().last, -(1_i128 << 64) + 1);
        assert_eq!(step(1, (Unbounded, Unbounded)).unwrap().bound, i64::MAX);
        for empty in [
            (Included(1), Included(0)),
            (Included(0), Excluded(0)),
            (Unbounded, Excluded(i64::MIN)),
            (Excluded(i64::MAX), Unbounded),
        ] {
            assert!(step(1, empty).is_err(), "{empty:?}");
        }
    }

    /// Returns the part of the key that a cluster hashes, by its specification.
    fn hashed(key: &[u8]) -> &[u8] {
        let Some(open) = key.iter().position(|&byte| byte == b'{') else { return key };
        match key[open + 1..].iter().position(|&byte| byte == b'}') {
            None | Some(0) => key,
            Some(length) => &key[open + 1..open + 1 + length],
        }
    }

    #[test]
    fn an_operation_is_remembered_beside_its_counter() {
        let key = |namespace: &Namespace, key: &str, id: &str| {
            operation_key(namespace, key, id).map(|key| String::from_utf8(key).unwrap())
        };
        let (root, app) = (Namespace::root(), Namespace::root().below("app"));
        assert_eq!(key(&root, "hits", "a:1").unwrap(), "once:{hits}:a%3A1");
        assert_eq!(key(&app, "hits", "1").unwrap(), "app:once:{app:hits}:1");
        assert_eq!(key(&app, "{user}:hits", "1").unwrap(), "app:{user}:hits:once:1");
        assert_eq!(key(&root, "a{b", "1").unwrap(), "once:{a{b}:1");
        for odd in ["{}", "a}b", "}{", "{}{a}"] {
            assert!(key(&root, odd, "1").is_err(), "{odd}");
        }
        assert!(key(&root, "hits", "").is_err());
        assert!(key(&root, "hits", &"i".repeat(Key::MAX_BYTES)).is_err());
        assert!(key(&root, "", "1").is_err());
    }

    proptest! {
        #[test]
        fn it_is_on_the_same_slot_and_below_the_namespace(
            name in "[a{}]{1,3}", key in "[a{}:]{1,6}", id in "[a{}:]{1,3}",
        ) {
            let namespace = Namespace::root().below(&name);
            if let Ok(beside) = operation_key(&namespace, key.as_str(), &id) {
                let counter = namespace.key(key.as_str()).unwrap();
                prop_assert_eq!(hashed(&beside), hashed(&counter));
                prop_assert!(namespace.strip(&beside).is_some());
                prop_assert_ne!(beside, counter);
            }
        }

        #[test]
        fn different_operations_are_remembered_apart(
            a in ("[a{}:]{1,6}", "[a:]{1,4}"), b in ("[a{}:]{1,6}", "[a:]{1,4}"),
        ) {
            let root = Namespace::root();
            let places = [&a, &b].map(|(key, id)| operation_key(&root, key.as_str(), id));
            if let [Ok(first), Ok(second)] = places {
                prop_assert_eq!(first == second, a == b);
            }
        }
    }
}
