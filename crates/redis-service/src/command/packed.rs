use std::mem;

/// Bytes on their way to the server. A few take no memory of their own: most commands are small.
#[derive(Clone)]
pub(crate) struct Packed {
    inline: [u8; INLINE],
    /// How many bytes of `inline` are in use.
    length: usize,
    /// All of them, once they are too many or known to become so.
    spilled: Vec<u8>,
}

/// What GET of a usual key takes.
const INLINE: usize = 80;

impl Packed {
    /// None yet, and room for about so many.
    pub(crate) fn with_room(bytes: usize) -> Self {
        let spilled = if bytes > INLINE { Vec::with_capacity(bytes) } else { Vec::new() };
        Self { inline: [0; INLINE], length: 0, spilled }
    }

    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if self.spilled.capacity() > 0 {
            self.spilled.extend_from_slice(bytes);
        } else if let Some(room) = self.inline.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
        } else {
            self.spilled.reserve(end);
            self.spilled.extend_from_slice(&self.inline[..mem::take(&mut self.length)]);
            self.spilled.extend_from_slice(bytes);
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        if self.spilled.capacity() == 0 { &self.inline[..self.length] } else { &self.spilled }
    }

    /// Appends all of them to `wire`, without copying many if nothing is there yet.
    #[cfg(feature = "async")]
    pub(crate) fn move_to(&mut self, wire: &mut Vec<u8>) {
        if wire.is_empty() && self.spilled.len() > wire.capacity() {
            *wire = mem::take(&mut self.spilled);
        } else {
            wire.extend_from_slice(self.as_bytes());
        }
    }
}

/// Where commands are written to.
pub(crate) trait Wire {
    fn append(&mut self, bytes: &[u8]);
}

impl Wire for Packed {
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }
}

impl Wire for Vec<u8> {
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn few_or_many_they_stay_in_order(
            room in 0_usize..300,
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..6),
        ) {
            let mut packed = Packed::with_room(room);
            pieces.iter().for_each(|piece| packed.push(piece));
            prop_assert_eq!(packed.as_bytes(), pieces.concat());
            #[cfg(feature = "async")]
            for before in [&b""[..], b"before"] {
                let mut wire = before.to_vec();
                packed.clone().move_to(&mut wire);
                prop_assert_eq!(wire, [before, &pieces.concat()].concat());
            }
        }
    }
}
