/// Bytes on their way to the server. A few take no memory of their own: most commands are small.
#[derive(Clone)]
pub(crate) struct Packed {
    inline: [u8; INLINE],
    /// How many bytes of `inline` are in use.
    length: usize,
    /// All of them, once they are too many or known to become so.
    spilled: Vec<u8>,
}

/// What GET of a key takes that names, say, a namespace, a kind of thing and a UUID.
const INLINE: usize = 96;

impl Packed {
    /// None yet, and room for so many bytes, and likely so many more.
    pub(crate) fn with_room(bytes: usize, likely: usize) -> Self {
        let spilled = if bytes > INLINE { Vec::with_capacity(bytes + likely) } else { Vec::new() };
        Self { inline: [0; INLINE], length: 0, spilled }
    }

    /// Appends all the pieces.
    #[inline]
    pub(crate) fn push<const N: usize>(&mut self, pieces: [&[u8]; N]) {
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        if self.spilled.capacity() == 0 {
            if let Some(mut room) = self.inline.get_mut(self.length..self.length + bytes) {
                for piece in pieces {
                    let (place, rest) = room.split_at_mut(piece.len());
                    place.copy_from_slice(piece);
                    room = rest;
                }
                self.length += bytes;
                return;
            }
            self.spilled.reserve(self.length + bytes);
            self.spilled.extend_from_slice(&self.inline[..self.length]);
        }
        pieces.into_iter().for_each(|piece| self.spilled.extend_from_slice(piece));
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        if self.spilled.capacity() == 0 { &self.inline[..self.length] } else { &self.spilled }
    }

    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        if self.spilled.capacity() == 0 { &mut self.inline[..self.length] } else { &mut self.spilled }
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
            let mut packed = Packed::with_room(room, 20);
            pieces.iter().for_each(|piece| packed.push([piece, &piece[..piece.len() / 2]]));
            let expected: Vec<_> =
                pieces.iter().flat_map(|piece| [&piece[..], &piece[..piece.len() / 2]].concat()).collect();
            prop_assert_eq!(packed.as_bytes(), &expected);
            prop_assert_eq!(packed.as_bytes_mut(), &expected);
        }
    }
}
