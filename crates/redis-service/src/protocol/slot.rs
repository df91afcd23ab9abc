//! The hash slots of a cluster.

use crate::error::{Error, ErrorKind, Result};

const SLOTS: u16 = 16_384;

/// Returns the slot of a key as Redis stores it: the slot of its hash tag, if it has one.
pub(crate) fn of(key: &[u8]) -> u16 {
    crc16(tag(key).unwrap_or(key)) % SLOTS
}

/// Returns the slot of all the keys; `None` if there are none.
///
/// # Errors
///
/// `Slot` if the keys are not all on one slot.
pub(crate) fn of_all<'a>(keys: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<u16>> {
    let mut slots = keys.into_iter().map(of);
    let first = slots.next();
    if slots.all(|slot| Some(slot) == first) {
        return Ok(first);
    }
    let message = "the keys are on different slots; a common `{tag}` in them keeps them together";
    Err(Error::new(ErrorKind::Slot, message))
}

/// Returns the text between the first `{` and the first `}` after it, unless it is empty.
fn tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|&byte| byte == b'{')?;
    let inside = &key[open + 1..];
    let close = inside.iter().position(|&byte| byte == b'}')?;
    (close > 0).then(|| &inside[..close])
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redis_testkit::{Options, Server};

    use super::*;

    /// The test vector of the cluster specification, and the examples of its hash tags.
    #[test]
    fn the_specifications_own_examples() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(of(b"{user1000}.following"), of(b"{user1000}.followers"));
        assert_eq!(of(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(of(b"foo{{bar}}zap"), of(b"{bar"));
        assert_eq!(of(b"foo{bar}{zap}"), of(b"bar"));
    }

    #[test]
    fn keys_on_different_slots_are_told() {
        assert_eq!(of_all([&b"a"[..], b"b"]).unwrap_err().kind(), ErrorKind::Slot);
        assert_eq!(of_all([&b"{t}a"[..], b"b{t}", b"t"]).unwrap(), Some(of(b"t")));
        assert_eq!(of_all([]).unwrap(), None);
        assert_eq!(of_all([&b"a"[..]]).unwrap(), Some(of(b"a")));
    }

    /// A server in cluster mode is the oracle.
    #[test]
    fn every_key_is_where_the_server_says() {
        let server = Server::start(Options::default().with_config("cluster-enabled", "yes")).unwrap();
        let oracle = std::cell::RefCell::new(server.cli().unwrap());
        let bytes = prop_oneof![any::<u8>(), Just(b'{'), Just(b'}')];
        proptest!(|(key in prop::collection::vec(bytes, 0..24))| {
            let slot = oracle.borrow_mut().integer(&[b"CLUSTER", &b"KEYSLOT"[..], &key]).unwrap();
            prop_assert_eq!(i64::from(of(&key)), slot);
        });
    }
}
