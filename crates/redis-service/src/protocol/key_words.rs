/// Which words of a command are keys. Commands of one key, as most are, take no memory for it.
#[derive(Clone, Debug, Default)]
pub(super) enum KeyWords {
    #[default]
    None,
    One(usize),
    /// In order.
    Several(Vec<usize>),
}

impl KeyWords {
    /// The next word, of this index, is a key.
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
