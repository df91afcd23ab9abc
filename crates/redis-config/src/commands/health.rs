//! How things are, in words.

use redis_config_store::{
    status::{Eviction, Freshness, Notifications, Tracking},
    watch::ResetReason,
};

use crate::{exit::Exit, time::roughly};

/// A word for programs and people, and what it means here.
pub(super) struct Told {
    pub(super) word: &'static str,
    pub(super) meaning: String,
}

fn told(word: &'static str, meaning: impl Into<String>) -> Told {
    Told { word, meaning: meaning.into() }
}

pub(super) fn freshness(freshness: &Freshness) -> Told {
    match freshness {
        Freshness::NotReady => told("NotReady", "Redis has confirmed nothing yet"),
        Freshness::Fresh => told("Fresh", "as Redis has it"),
        Freshness::Stale(age) => told("Stale", format!("Redis has not confirmed it for {}", roughly(*age))),
        Freshness::Reset(reason) => told("Reset", format!("{reason:?}, and nobody has mended it")),
        Freshness::Fatal(error) => told("Fatal", error.to_string()),
        _ => told("Other", ""),
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

/// What has happened to Redis.
pub(super) fn loss(reason: ResetReason) -> &'static str {
    match reason {
        ResetReason::Emptied => "both keys are gone: flushed, deleted, renamed, expired or evicted",
        ResetReason::ValuesLost => "the values are gone, and the log is there",
        ResetReason::LogLost => "the log is gone, and the values are there",
        ResetReason::Disagreement => "log and values are of different revisions",
        ResetReason::Foreign => "somebody else uses the keys for something else",
        ResetReason::NewEpoch => "everything was lost, and begun anew",
        ResetReason::Regressed => "Redis lost commits, or was restored from an older dump",
        ResetReason::Forked => "Redis has other commits in place of those that were known",
        ResetReason::LogBroken => "the log misses records in the middle",
        _ => "Redis holds something else than it should",
    }
}

/// `flags` are those that the server says it has, if it says so.
pub(super) fn notifications(notifications: &Notifications, flags: Option<&str>) -> Told {
    match (notifications, flags) {
        (Notifications::Working, _) => told("Working", "changes are announced"),
        (Notifications::Unknown, Some(flags)) => {
            told("Ready", format!("switched on ({flags}); nothing has changed since we look"))
        }
        (Notifications::Unknown, None) => {
            told("Unknown", "the server does not say whether they are switched on")
        }
        (Notifications::Missing(missing), _) => {
            told("Missing", format!("the server lacks {missing} in notify-keyspace-events"))
        }
        (Notifications::Broken, _) => told("Broken", "a change was found that was not announced"),
        (Notifications::Refused(error), _) => told("Refused", error.to_string()),
        _ => told("Other", ""),
    }
}

pub(super) fn tracking(tracking: &Tracking) -> Told {
    match tracking {
        Tracking::On => told("On", "the server says which keys change"),
        Tracking::Refused(error) => told("Refused", error.to_string()),
        _ => told("Unknown", "the server was not asked for it"),
    }
}

pub(super) fn eviction(eviction: &Eviction) -> Told {
    match eviction {
        Eviction::Safe => told("Safe", "the server evicts nothing that has no expiry"),
        Eviction::Possible(policy) => {
            told("Possible", format!("{policy}: when its memory is full, the server may evict configuration"))
        }
        _ => told("Unknown", "the server does not say what it evicts"),
    }
}
