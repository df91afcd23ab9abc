//! What the servers did, and what writers and watchers received.

use std::collections::BTreeMap;

use redis_config_store::watch::ResetReason;
use serde::{Deserialize, Serialize};

/// Every value: its writer and turn, and for counters the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) token: String,
    pub(crate) count: u64,
}

/// A key that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) digest: String,
    pub(crate) token: String,
}

/// The keys that are there.
pub(crate) type Items = BTreeMap<String, Item>;

/// The effect of one commit on one key, from the log of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) number: u64,
    pub(crate) digest: String,
    /// `None`: deleted.
    pub(crate) value: Option<Value>,
    pub(crate) is_rollback: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) revision: u64,
    /// The number of records that it states.
    pub(crate) size: usize,
    pub(crate) records: Vec<Record>,
}

/// All commits that a server had until it lost some: the first is of revision 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branch {
    pub(crate) epoch: String,
    pub(crate) commits: Vec<Commit>,
}

/// Which keys a watcher wants.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wants {
    All,
    Prefix(&'static str),
    Key(&'static str),
}

impl Wants {
    pub(crate) fn matches(self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => key.starts_with(prefix),
            Self::Key(wanted) => key == wanted,
        }
    }

    pub(crate) fn of(self, items: &Items) -> Items {
        let wanted = items.iter().filter(|(key, _)| self.matches(key));
        wanted.map(|(key, item)| (key.clone(), item.clone())).collect()
    }
}

/// An event of a watcher.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The whole state.
    Whole { how: How, epoch: String, revision: u64, items: Items },
    /// What changed; `None`: deleted.
    Change { revision: u64, keys: Vec<(String, Option<Item>)> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Initial,
    Gap,
    /// With what the watcher is said to have held.
    Reset {
        reason: ResetReason,
        revision: u64,
        items: Items,
    },
}

/// All events of a watcher.
#[derive(Clone, Debug)]
pub(crate) struct WatcherLog {
    pub(crate) name: &'static str,
    pub(crate) wants: Wants,
    pub(crate) is_log: bool,
    pub(crate) seen: Vec<Seen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Increment,
    Pair,
    Put,
    Delete,
    Rollback,
    Read,
}

/// A call of a writer, and its result.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) work: Work,
    pub(crate) key: String,
    /// The token in its values, if it writes any.
    pub(crate) token: Option<String>,
    /// The number of losses before and after; odd during a loss.
    pub(crate) losses: (u64, u64),
    /// The latest revision that any client had received when it began.
    pub(crate) floor: u64,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// With each key's version and digest.
    Done {
        revision: u64,
        versions: Vec<(String, u64, String)>,
        is_new: bool,
    },
    Read {
        epoch: String,
        revision: u64,
        items: Items,
    },
    Refused,
    Unknown,
}

impl Answer {
    /// The branch in which it happened, unless something was lost meanwhile.
    pub(crate) fn branch(&self) -> Option<usize> {
        let (began, ended) = self.losses;
        (began == ended && began % 2 == 0).then(|| usize::try_from(began / 2).unwrap_or(usize::MAX))
    }
}
