use std::collections::{BTreeMap, BTreeSet};

use crate::error::StoreError;

/// The messages that concern a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interest {
    /// The channel of the keyspace notifications of its log.
    pub(crate) channel: Vec<u8>,
    /// Its log, and the prefix of its keys, as the server sees them.
    pub(crate) log: Vec<u8>,
    pub(crate) prefix: Vec<u8>,
}

impl Interest {
    /// Whether its values were written to and its log was not; `None` if none of these keys is its own.
    pub(super) fn is_doubtful(&self, keys: &[Vec<u8>]) -> Option<bool> {
        let mut own = keys.iter().filter(|key| key.starts_with(&self.prefix)).peekable();
        own.peek()?;
        Some(own.all(|key| *key != self.log))
    }
}

/// What a connection subscribes to.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The number of the connection.
    pub(crate) number: u64,
    pub(crate) channels: BTreeSet<Vec<u8>>,
    pub(crate) prefixes: BTreeSet<Vec<u8>>,
    /// The connection has ended.
    pub(super) has_ended: bool,
    /// The connection is lost, and was not replaced yet.
    pub(super) is_lost: bool,
    /// Whether the server tracks the keys, once that is known.
    pub(super) tracking: Option<Result<(), StoreError>>,
    /// The channels that the server refuses to the user.
    refused: BTreeMap<Vec<u8>, StoreError>,
    /// Those that it has refused since the connection began to subscribe again.
    refusing: BTreeMap<Vec<u8>, StoreError>,
}

impl Scope {
    pub(super) fn new<'a>(number: u64, interests: impl Iterator<Item = &'a Interest>) -> Self {
        let pairs = interests.map(|interest| (interest.channel.clone(), interest.prefix.clone()));
        // Stores of one namespace share both.
        let (channels, prefixes) = pairs.unzip();
        let (refused, refusing) = (BTreeMap::new(), BTreeMap::new());
        Self {
            number,
            channels,
            prefixes,
            has_ended: false,
            is_lost: false,
            tracking: None,
            refused,
            refusing,
        }
    }

    pub(super) fn covers(&self, interest: &Interest) -> bool {
        self.channels.contains(&interest.channel) && self.prefixes.contains(&interest.prefix)
    }

    pub(super) fn refusal(&self, channel: &[u8]) -> Option<&StoreError> {
        self.refused.get(channel)
    }

    /// The connection begins to subscribe, or to subscribe again.
    pub(super) fn restart(&mut self, tracking: Result<(), StoreError>) {
        self.tracking = Some(tracking);
        self.refusing.clear();
    }

    pub(super) fn refuse(&mut self, channel: Vec<u8>, error: StoreError) {
        self.refusing.insert(channel, error);
    }

    /// The connection has subscribed: there are no further refusals.
    pub(super) fn commit_refusals(&mut self) {
        self.refused = std::mem::take(&mut self.refusing);
    }
}
