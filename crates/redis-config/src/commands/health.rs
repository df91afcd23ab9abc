//! Describes the state of a namespace and its server in words.

use redis_config_store::status::{Eviction, Freshness, Notifications, Tracking};

use crate::{exit::Exit, failure::message_of, time::roughly};

/// A word for programs and people, and its meaning.
pub(super) struct Description {
    pub(super) word: &'static str,
    pub(super) meaning: String,
}

fn describe(word: &'static str, meaning: impl Into<String>) -> Description {
    Description { word, meaning: meaning.into() }
}

pub(super) fn freshness(freshness: &Freshness) -> Description {
    match freshness {
        Freshness::NotReady => describe("NotReady", "Redis has confirmed nothing yet"),
        Freshness::Fresh => describe("Fresh", "as Redis has it"),
        Freshness::Stale(age) => {
            describe("Stale", format!("Redis has not confirmed it for {}", roughly(*age)))
        }
        Freshness::Reset(reason) => describe("Reset", format!("{reason:?}, {reason}; not repaired since")),
        Freshness::Fatal(error) => describe("Fatal", message_of(error)),
        _ => describe("Other", ""),
    }
}

/// How `status` ends.
pub(super) fn exit_of(freshness: &Freshness) -> Exit {
    match freshness {
        Freshness::Fresh => Exit::Done,
        Freshness::NotReady => Exit::Unavailable,
        Freshness::Stale(_) => Exit::Stale,
        Freshness::Reset(_) => Exit::Damaged,
        _ => Exit::Failed,
    }
}

/// `flags` are the server's, if the user may read them.
pub(super) fn notifications(notifications: &Notifications, flags: Option<&str>) -> Description {
    match (notifications, flags) {
        (Notifications::Working, _) => describe("Working", "the server sends notifications of changes"),
        (Notifications::Unknown, Some(flags)) => {
            describe("Ready", format!("switched on ({flags}); nothing has changed so far"))
        }
        (Notifications::Unknown, None) => describe("Unknown", "the server's setting cannot be read"),
        (Notifications::Missing(missing), _) => {
            describe("Missing", format!("the server lacks {missing} in notify-keyspace-events"))
        }
        (Notifications::Broken, _) => describe("Broken", "a change was found without a notification"),
        (Notifications::Refused(error), _) => describe("Refused", error.to_string()),
        _ => describe("Other", ""),
    }
}

pub(super) fn tracking(tracking: &Tracking) -> Description {
    match tracking {
        Tracking::On => describe("On", "the server sends invalidations of changed keys"),
        Tracking::Refused(error) => describe("Refused", error.to_string()),
        _ => describe("Unknown", "the server was not asked for it"),
    }
}

pub(super) fn eviction(eviction: &Eviction) -> Description {
    match eviction {
        Eviction::Safe => describe("Safe", "the server does not evict keys without an expiry"),
        Eviction::Possible(policy) => describe(
            "Possible",
            format!("{policy}: when its memory is full, the server may evict configuration"),
        ),
        _ => describe("Unknown", "the server's eviction policy cannot be read"),
    }
}
