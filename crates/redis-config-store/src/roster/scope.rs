use std::collections::{BTreeMap, BTreeSet};

use crate::StoreError;

/// What concerns a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    /// Where Redis announces that its log was written to.
    pub(crate) channel: Vec<u8>,
    /// Its log, and how its keys begin, as the server sees them.
    pub(crate) log: Vec<u8>,
    pub(crate) prefix: Vec<u8>,
}

impl Interest {
    /// Whether its values were written to and its log was not; `None` if none of its keys is among these.
    pub(super) fn is_doubted(&self, keys: &[Vec<u8>]) -> Option<bool> {
        let mut own = keys.iter().filter(|key| key.starts_with(&self.prefix)).peekable();
        own.peek()?;
        Some(own.all(|key| *key != self.log))
    }
}

/// What a connection listens to.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) number: u64,
    pub(crate) channels: BTreeSet<Vec<u8>>,
    pub(crate) prefixes: BTreeSet<Vec<u8>>,
    /// It is heard no more.
    pub(super) is_over: bool,
    /// Whether the server tracks the keys, once that is known.
    pub(super) tracking: Option<Result<(), StoreError>>,
    /// The channels that the user may not listen to.
    refused: BTreeMap<Vec<u8>, StoreError>,
    /// Those of them that were told since it began to subscribe again.
    refusing: BTreeMap<Vec<u8>, StoreError>,
}

impl Scope {
    pub(super) fn new<'a>(number: u64, interests: impl Iterator<Item = &'a Interest>) -> Self {
        let pairs = interests.map(|interest| (interest.channel.clone(), interest.prefix.clone()));
        // Stores of one namespace share both.
        let (channels, prefixes) = pairs.unzip();
        let (refused, refusing) = (BTreeMap::new(), BTreeMap::new());
        Self { number, channels, prefixes, is_over: false, tracking: None, refused, refusing }
    }

    pub(super) fn covers(&self, interest: &Interest) -> bool {
        self.channels.contains(&interest.channel) && self.prefixes.contains(&interest.prefix)
    }

    pub(super) fn refusal(&self, channel: &[u8]) -> Option<&StoreError> {
        self.refused.get(channel)
    }

    /// It subscribes, from the start.
    pub(super) fn begin_anew(&mut self, tracking: Result<(), StoreError>) {
        self.tracking = Some(tracking);
        self.refusing.clear();
    }

    pub(super) fn refuse(&mut self, channel: Vec<u8>, error: StoreError) {
        self.refusing.insert(channel, error);
    }

    /// It has subscribed: what was refused is all that is.
    pub(super) fn settle_refusals(&mut self) {
        self.refused = std::mem::take(&mut self.refusing);
    }
}
