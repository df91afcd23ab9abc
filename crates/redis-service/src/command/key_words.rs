/// Which words of a command are keys. Commands of one key, as most are, take no memory for it.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyWords {
    /// 0 if there is none: that is the command's name.
    first: usize,
    /// In order.
    others: Vec<usize>,
}

impl KeyWords {
    /// The next word, of this index, is a key.
    pub(super) fn add(&mut self, index: usize) {
        if self.first == 0 {
            self.first = index;
        } else {
            self.others.push(index);
        }
    }

    pub(super) fn contain(&self, index: usize) -> bool {
        index != 0 && (index == self.first || self.others.binary_search(&index).is_ok())
    }
}
