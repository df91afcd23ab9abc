/// The indexes of a command's words that are keys. Commands of one key, the usual case, take no memory for
/// it.
#[derive(Clone, Debug, Default)]
pub(super) enum KeyWords {
    #[default]
    None,
    One(usize),
    /// In order.
    Several(Vec<usize>),
}

impl KeyWords {
    /// Adds the next word, at this index, as a key.
    #[inline]
    pub(super) fn add(&mut self, index: usize) {
        match self {
            Self::None => *self = Self::One(index),
            Self::One(first) => *self = Self::Several(vec![*first, index]),
            Self::Several(keys) => keys.push(index),
        }
    }

    pub(super) fn contain(&self, index: usize) -> bool {
        match self {
            Self::None => false,
            Self::One(key) => *key == index,
            Self::Several(keys) => keys.binary_search(&index).is_ok(),
        }
    }
}
