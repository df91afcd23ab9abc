//! Histories that are good, and that each of the checks finds what is bad in one.

use redis_config_store::watch::ResetReason;

use super::*;
use crate::history::{Commit, How, Item, Items, Record, Seen, Wants, WatcherLog};

/// A commit of these keys, each as `key version count`.
fn commit(revision: u64, keys: &[(&str, u64, u64)]) -> Commit {
    let record = |(key, number, count): &(&str, u64, u64)| Record {
        key: (*key).to_owned(),
        number: *number,
        digest: format!("{key}-{number}"),
        value: Some(Value { token: format!("token-{revision}"), count: *count }),
        is_rollback: false,
    };
    Commit { revision, size: keys.len(), records: keys.iter().map(record).collect() }
}

/// A counter, a pair, the counter again, the pair again.
fn branch() -> Branch {
    let pair = |number| PAIR.map(|key| (key, number, 0));
    let commits = vec![
        commit(1, &[("count.0", 1, 0)]),
        commit(2, &pair(1)),
        commit(3, &[("count.0", 2, 1)]),
        commit(4, &pair(2)),
    ];
    Branch { epoch: "first".to_owned(), commits }
}

fn finds(wrong: &[String], what: &str) {
    assert!(wrong.iter().any(|wrong| wrong.contains(what)), "{what}: {wrong:?}");
}

#[test]
fn a_good_branch_is_good() {
    assert_eq!(check_branch(&branch()), [""; 0]);
}

#[test]
fn a_bad_branch_is_found() {
    let finds = |harm: fn(&mut Branch), what: &str| {
        let mut branch = branch();
        harm(&mut branch);
        finds(&check_branch(&branch), what);
    };
    finds(|branch| drop(branch.commits.remove(1)), "revision 3 in place of 2");
    finds(|branch| drop(branch.commits[1].records.pop()), "revision 2 has 2 of 3 records");
    finds(|branch| branch.commits[2].records[0].number = 3, "is version 3, not 2");
    finds(|branch| branch.commits[2].records[0].number = 1, "is version 1, not 2");
    // A lost update: counted twice from the same value.
    finds(
        |branch| branch.commits[2].records[0].value.as_mut().unwrap().count = 0,
        "is 0 at revision 3, not 1",
    );
    finds(|branch| branch.commits[3].records[0].value.as_mut().unwrap().token = "other".into(), "is torn");
}

fn answer(work: Work, key: &str, revision: u64, outcome: Outcome) -> Answer {
    let token = Some(format!("token-{revision}"));
    Answer { work, key: key.to_owned(), token, losses: (0, 0), floor: revision - 1, outcome }
}

fn done(work: Work, key: &str, revision: u64, number: u64) -> Answer {
    let versions = vec![(key.to_owned(), number, format!("{key}-{number}"))];
    answer(work, key, revision, Outcome::Done { revision, versions, is_new: true })
}

fn answers() -> Vec<Answer> {
    vec![
        done(Work::Increment, "count.0", 1, 1),
        done(Work::Pair, "pair.a", 2, 1),
        done(Work::Increment, "count.0", 3, 2),
        answer(Work::Pair, "pair.a", 4, Outcome::Unknown),
        // As unknown, and not there.
        answer(Work::Pair, "pair.a", 5, Outcome::Unknown),
    ]
}

#[test]
fn good_answers_are_good() {
    let mut answers = answers();
    let items = items_at(&branch(), 3).unwrap();
    let read = Outcome::Read { epoch: "first".to_owned(), revision: 3, items };
    answers.push(Answer { token: None, floor: 3, ..answer(Work::Read, "", 3, read) });
    assert_eq!(check_answers(&answers, &[branch()]), [""; 0]);
}

#[test]
fn bad_answers_are_found() {
    let finds = |harm: fn(&mut Vec<Answer>, &mut Branch), what: &str| {
        let (mut answers, mut branch) = (answers(), branch());
        harm(&mut answers, &mut branch);
        finds(&check_answers(&answers, &[branch]), what);
    };
    finds(|_, branch| branch.commits.truncate(2), "acknowledged, and not there");
    finds(|_, branch| branch.commits.truncate(2), "count.0: 1 done, 2 acknowledged, 0 unknown");
    finds(|_, branch| branch.commits[2].records[0].digest = "other".into(), "acknowledged, and not there");
    finds(|answers, _| answers[3].outcome = Outcome::Refused, "refused, and done");
    finds(|answers, _| drop(answers.remove(0)), "no call wrote token-1");
    finds(|answers, _| answers[2].floor = 3, "older than an earlier result");
    let twice = |_: &mut Vec<Answer>, branch: &mut Branch| {
        let again = branch.commits[0].records[0].value.clone();
        branch.commits[2].records[0].value = again;
    };
    finds(twice, "token-1 was done at each of {1, 3}");
    let stale = |answers: &mut Vec<Answer>, branch: &mut Branch| {
        let items = items_at(branch, 2).unwrap();
        let read = Outcome::Read { epoch: "first".to_owned(), revision: 2, items };
        answers.push(Answer { token: None, floor: 3, ..answer(Work::Read, "", 2, read) });
    };
    finds(stale, "older than an earlier result");
    let torn = |answers: &mut Vec<Answer>, branch: &mut Branch| {
        let mut items = items_at(branch, 4).unwrap();
        items.get_mut("pair.b").unwrap().token = "token-2".to_owned();
        let read = Outcome::Read { epoch: "first".to_owned(), revision: 4, items };
        answers.push(Answer { token: None, ..answer(Work::Read, "", 4, read) });
    };
    finds(torn, "read, and never so");
}

#[test]
fn what_was_acknowledged_while_something_was_lost_may_be_in_either_branch() {
    let mut shorter = branch();
    shorter.commits.truncate(2);
    let branches = [branch(), shorter];
    let mut answers = answers();
    assert_eq!(check_answers(&answers, &branches), [""; 0]);
    // Told when the loss was over, by the server that does not have it.
    answers[2].losses = (2, 2);
    finds(&check_answers(&answers, &branches), "acknowledged, and not there");
}

fn whole(how: How, branch: &Branch, revision: u64) -> Seen {
    let items = Wants::All.of(&items_at(branch, revision).unwrap());
    Seen::Whole { how, epoch: branch.epoch.clone(), revision, items }
}

fn change(branch: &Branch, revision: u64) -> Seen {
    let items = items_at(branch, revision).unwrap();
    let commit = &branch.commits[revision as usize - 1];
    let keys = commit.records.iter().map(|record| (record.key.clone(), items.get(&record.key).cloned()));
    Seen::Change { revision, keys: keys.collect() }
}

fn log(is_log: bool, seen: Vec<Seen>) -> WatcherLog {
    WatcherLog { name: "watcher", wants: Wants::All, is_log, seen }
}

#[test]
fn a_watcher_that_received_everything_is_accepted() {
    let branch = branch();
    let seen =
        vec![whole(How::Initial, &branch, 1), change(&branch, 2), change(&branch, 3), change(&branch, 4)];
    assert_eq!(check_watcher(&log(true, seen), std::slice::from_ref(&branch)), [""; 0]);
    let seen = vec![whole(How::Initial, &branch, 1), change(&branch, 2), whole(How::Gap, &branch, 4)];
    assert_eq!(check_watcher(&log(true, seen), &[branch]), [""; 0]);
}

#[test]
fn silence_and_disorder_are_found() {
    let branch = branch();
    let check = |is_log, seen| check_watcher(&log(is_log, seen), std::slice::from_ref(&branch));
    let initial = || whole(How::Initial, &branch, 1);
    // Revision 2 is missing, without a gap.
    finds(&check(true, vec![initial(), change(&branch, 3)]), "revision 2 was never reported");
    // Nor may it be missing in the state of watchers of the current state.
    finds(&check(false, vec![initial(), change(&branch, 3)]), "at revision 3");
    finds(&check(true, vec![initial(), change(&branch, 2), change(&branch, 2)]), "revision 2 after 2");
    finds(&check(true, vec![whole(How::Initial, &branch, 4), change(&branch, 3)]), "revision 3 after 4");
    finds(&check(true, vec![change(&branch, 1)]), "before anything else");
    finds(&check(true, vec![initial(), initial()]), "a second initial state");
    finds(&check(true, vec![whole(How::Gap, &branch, 1)]), "before the initial state");
    let half = |seen: Seen| match seen {
        Seen::Change { revision, mut keys } => {
            keys.truncate(1);
            Seen::Change { revision, keys }
        }
        whole => whole,
    };
    finds(&check(true, vec![initial(), half(change(&branch, 2))]), "revision 2 changed");
    finds(&check(true, vec![initial(), half(change(&branch, 2))]), "torn at revision 2");
    let invented = Item { number: 9, revision: 2, digest: "other".to_owned(), token: "token-2".to_owned() };
    let keys = PAIR.map(|key| (key.to_owned(), Some(invented.clone())));
    let change = Seen::Change { revision: 2, keys: keys.to_vec() };
    finds(&check(false, vec![initial(), change]), "at revision 2");
}

#[test]
fn a_loss_that_is_not_reported_by_its_name_is_found() {
    let before = branch();
    let mut after = branch();
    after.commits.truncate(2);
    after.commits.push(commit(3, &[("count.1", 1, 0)]));
    let held = items_at(&before, 3).unwrap();
    let reset = |reason, items: &Items| How::Reset { reason, revision: 3, items: items.clone() };
    let check = |seen| check_watcher(&log(true, seen), &[before.clone(), after.clone()]);
    let start = || whole(How::Initial, &before, 3);
    assert_eq!(check(vec![start(), whole(reset(ResetReason::Forked, &held), &after, 3)]), [""; 0]);
    assert_eq!(check(vec![start(), whole(reset(ResetReason::Regressed, &held), &after, 2)]), [""; 0]);

    finds(&check(vec![start(), whole(How::Gap, &after, 3)]), "a gap, and not a loss");
    finds(&check(vec![start(), whole(reset(ResetReason::Regressed, &held), &after, 3)]), "Regressed, from");
    finds(&check(vec![start(), whole(reset(ResetReason::LogLost, &held), &after, 3)]), "LogLost, from");
    finds(
        &check(vec![start(), whole(reset(ResetReason::Forked, &Items::new()), &after, 3)]),
        "received that it held",
    );
    // Goes on as if nothing had been lost.
    let silent = vec![start(), change(&before, 4), change(&after, 3)];
    finds(&check(silent), "revision 3 after 4");
}
