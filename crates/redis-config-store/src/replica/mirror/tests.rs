use super::*;
use crate::{
    protocol::CurrentValues,
    read::Entry,
    version::{Digest, Version},
};

fn entry(number: u64, revision: u64) -> Entry {
    let digest = Digest::parse("da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
    Entry {
        version: Version { number, revision, digest },
        is_live: true,
        time: 0,
        restores: 0,
        author: String::new(),
        message: String::new(),
        value: number.to_string().into_bytes(),
    }
}

fn record(key: &str, revision: u64, size: u64) -> Record {
    let head = format!("h{revision}");
    Record { revision, key: key.to_owned(), entry: entry(revision, revision), head, size }
}

fn values(revision: u64, head: &str) -> CurrentValues {
    let entries = [("a".into(), Arc::new(entry(revision, revision)))].into();
    CurrentValues { epoch: "e".to_owned(), revision, head: head.to_owned(), entries }
}

fn events(revision: u64, records: Vec<Record>) -> SyncReply {
    SyncReply::Events { epoch: "e".to_owned(), revision, records }
}

fn snapshot(reason: SnapshotReason, revision: u64, head: &str) -> SyncReply {
    SyncReply::Snapshot { reason, current: values(revision, head) }
}

#[test]
fn commits_are_whole_and_in_order() {
    let mut mirror = Mirror::default();
    assert!(matches!(mirror.apply(SyncReply::Empty), (Transition::Snapshot(SnapshotReason::Initial), false)));
    assert!(matches!(mirror.apply(SyncReply::Empty), (Transition::Unchanged, false)));
    assert_eq!(mirror.known(), ["-", "0", ""]);
    let (transition, more) =
        mirror.apply(events(3, vec![record("b", 1, 2), record("a", 1, 2), record("a", 2, 1)]));
    let Transition::Commits(commits) = transition else { panic!("{transition:?}") };
    let keys: Vec<Vec<_>> =
        commits.iter().map(|commit| commit.keys.iter().map(|key| &*key.key).collect()).collect();
    assert_eq!((keys, more), (vec![vec!["a", "b"], vec!["a"]], true));
    assert_eq!(mirror.known(), ["e", "2", "h2"]);
    assert_eq!(commits[1].keys[0].before.as_ref().unwrap().version.number, 1);
}

#[test]
fn holes_and_torn_commits_are_reported_and_the_whole_state_is_requested() {
    for records in [vec![record("a", 9, 1)], vec![record("a", 8, 2)], vec![]] {
        let mut mirror = Mirror::default();
        mirror.apply(snapshot(SnapshotReason::Initial, 7, "h7"));
        let (transition, more) = mirror.apply(events(9, records));
        assert!(matches!(transition, Transition::Unchanged) && more, "{transition:?}");
        assert_eq!(mirror.known(), ["", "0", ""]);
        let (transition, _) = mirror.apply(snapshot(SnapshotReason::Initial, 9, "h9"));
        assert!(matches!(transition, Transition::Reset(ResetReason::LogBroken)), "{transition:?}");
    }
}

#[test]
fn losses_are_reported_by_name_and_once() {
    let mut mirror = Mirror::default();
    mirror.apply(snapshot(SnapshotReason::Initial, 7, "h7"));
    let (transition, _) = mirror.apply(snapshot(SnapshotReason::Regress, 6, "h6"));
    assert!(matches!(transition, Transition::Reset(ResetReason::Regressed)));
    let (transition, _) = mirror.apply(snapshot(SnapshotReason::Fork, 6, "other"));
    assert!(matches!(transition, Transition::Reset(ResetReason::Forked)));
    let lost = || SyncReply::Damaged { damage: Damage::LogMissing, current: Some(values(6, "other")) };
    assert!(matches!(mirror.apply(lost()).0, Transition::Reset(ResetReason::LogLost)));
    assert!(matches!(mirror.apply(lost()).0, Transition::Unchanged));
    assert_eq!(mirror.reported, Some(ResetReason::LogLost));
    assert!(matches!(mirror.apply(SyncReply::Empty).0, Transition::Reset(ResetReason::Emptied)));
    assert!(matches!(mirror.apply(SyncReply::Empty).0, Transition::Unchanged));
    assert!(mirror.state.is_empty());
}

#[test]
fn restored_keys_are_compared_with_the_last_checkpoint() {
    let lost = || SyncReply::Damaged { damage: Damage::CurrentMissing, current: None };
    for (revision, head, reason) in [
        (6, "h6", Some(ResetReason::Regressed)),
        (7, "other", Some(ResetReason::Forked)),
        (7, "h7", None),
        (8, "h8", None),
    ] {
        let mut mirror = Mirror::default();
        mirror.apply(snapshot(SnapshotReason::Initial, 7, "h7"));
        mirror.apply(lost());
        let (transition, _) = mirror.apply(snapshot(SnapshotReason::Initial, revision, head));
        match reason {
            Some(reason) => {
                assert!(matches!(transition, Transition::Reset(found) if found == reason), "{transition:?}");
            }
            None => assert!(
                matches!(transition, Transition::Snapshot(SnapshotReason::Compacted)),
                "{transition:?}"
            ),
        }
    }
    // The next commit that follows discards the checkpoint.
    let mut mirror = Mirror::default();
    mirror.apply(snapshot(SnapshotReason::Initial, 7, "h7"));
    mirror.apply(lost());
    mirror.apply(SyncReply::Empty);
    mirror.apply(events(1, vec![record("a", 1, 1)]));
    mirror.apply(events(3, vec![record("a", 3, 1)]));
    let (transition, _) = mirror.apply(snapshot(SnapshotReason::Initial, 3, "h3"));
    assert!(matches!(transition, Transition::Reset(ResetReason::LogBroken)), "{transition:?}");
}

#[test]
fn lost_values_leave_an_empty_state() {
    let mut mirror = Mirror::default();
    mirror.apply(snapshot(SnapshotReason::Initial, 7, "h7"));
    let lost = || SyncReply::Damaged { damage: Damage::CurrentMissing, current: None };
    assert!(matches!(mirror.apply(lost()).0, Transition::Reset(ResetReason::ValuesLost)));
    assert!(matches!(mirror.apply(lost()).0, Transition::Unchanged));
    assert!(mirror.state.is_empty());
    assert!(matches!(mirror.apply(SyncReply::Empty).0, Transition::Reset(ResetReason::Emptied)));
}
