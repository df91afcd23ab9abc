//! Compares what clients received with what the servers did. Each function returns what is wrong, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    history::{Answer, Branch, Outcome, Value, Work},
    plan::{COUNTERS, PAIR},
};

mod watcher_log;

#[cfg(test)]
mod tests;

pub(crate) use watcher_log::{check_watcher, items_at};

/// A server's commits are numbered without a hole, no version is skipped, counters count one by one, and
/// that what belongs together was committed together.
pub(crate) fn check_branch(branch: &Branch) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut counts = BTreeMap::new();
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    for (place, commit) in branch.commits.iter().enumerate() {
        let revision = place as u64 + 1;
        if commit.revision != revision {
            wrong.push(format!("revision {} in place of {revision}", commit.revision));
            return wrong;
        }
        if commit.size != commit.records.len() {
            wrong.push(format!(
                "revision {revision} has {} of {} records",
                commit.records.len(),
                commit.size
            ));
        }
        for record in &commit.records {
            let number = numbers.entry(&record.key).or_default();
            *number += 1;
            if record.number != *number {
                wrong.push(format!(
                    "{} at revision {revision} is version {}, not {number}",
                    record.key, record.number
                ));
                *number = record.number;
            }
            if let (true, Some(value)) = (COUNTERS.contains(&&*record.key), &record.value) {
                let expected = counts.get(&record.key).map_or(0, |count| count + 1);
                if value.count != expected {
                    wrong.push(format!(
                        "{} is {} at revision {revision}, not {expected}",
                        record.key, value.count
                    ));
                }
                counts.insert(record.key.clone(), value.count);
            }
        }
        let pair = commit.records.iter().filter(|record| PAIR.contains(&&*record.key));
        let tokens: Vec<_> = pair.map(|record| record.value.as_ref().map(|value| &value.token)).collect();
        if !tokens.is_empty()
            && (tokens.len() != PAIR.len() || tokens.iter().any(|token| *token != tokens[0]))
        {
            wrong.push(format!("revision {revision} is torn: {tokens:?}"));
        }
    }
    wrong
}

/// Every call was run as its writer was answered: once if acknowledged, at most once if the outcome is unknown, and not
/// at all if refused. Nothing else was written.
pub(crate) fn check_answers(answers: &[Answer], branches: &[Branch]) -> Vec<String> {
    let written: Vec<_> = branches.iter().map(written).collect();
    let mut wrong = Vec::new();
    for places in &written {
        let twice = places.iter().filter(|(_, revisions)| revisions.len() > 1);
        wrong.extend(twice.map(|(token, revisions)| format!("{token} was done at each of {revisions:?}")));
    }
    let asked: BTreeSet<_> = answers.iter().filter_map(|answer| answer.token.as_deref()).collect();
    let done: BTreeSet<_> = written.iter().flat_map(BTreeMap::keys).copied().collect();
    wrong.extend(done.difference(&asked).map(|token| format!("no call wrote {token}")));
    for answer in answers {
        let of_its_branch = |index: &usize| answer.branch().is_none_or(|branch| branch == *index);
        let mut candidates = (0..branches.len()).filter(of_its_branch);
        match &answer.outcome {
            Outcome::Done { revision, .. } => {
                if !candidates.any(|index| is_done(answer, &branches[index])) {
                    wrong.push(format!("acknowledged, and not there: {answer:?}"));
                }
                check_floor(answer, *revision, 1, &mut wrong);
            }
            Outcome::Read { epoch, revision, items } => {
                let is_so = |index: usize| {
                    let branch = &branches[index];
                    let there = items_at(branch, *revision);
                    (*revision == 0 || branch.epoch == *epoch) && there.as_ref() == Some(items)
                };
                if !candidates.any(is_so) {
                    wrong.push(format!("read, and never so: {answer:?}"));
                }
                check_floor(answer, *revision, 0, &mut wrong);
            }
            Outcome::Refused => {
                let is_there = |token: &String| done.contains(&**token);
                if answer.branch().is_some() && answer.token.as_ref().is_some_and(is_there) {
                    wrong.push(format!("refused, and done: {answer:?}"));
                }
            }
            Outcome::Unknown => {}
        }
    }
    wrong.extend(COUNTERS.iter().filter_map(|key| check_count(key, answers, &done)));
    wrong
}

/// A call that begins after a client received a revision makes a later one, or reads at least that one.
fn check_floor(answer: &Answer, revision: u64, more: u64, wrong: &mut Vec<String>) {
    let is_new = !matches!(answer.outcome, Outcome::Done { is_new: false, .. });
    if is_new && answer.branch().is_some() && revision < answer.floor + more {
        wrong.push(format!("older than an earlier result: {answer:?}"));
    }
}

/// A counter has as many increments as were acknowledged, plus at most those whose outcome is unknown.
fn check_count(key: &str, answers: &[Answer], done: &BTreeSet<&str>) -> Option<String> {
    let of_it = |answer: &&Answer| answer.work == Work::Increment && answer.key == key;
    let (mut acknowledged, mut unknown, mut applied) = (0, 0, 0);
    for answer in answers.iter().filter(of_it) {
        match answer.outcome {
            Outcome::Done { .. } => acknowledged += 1,
            Outcome::Refused if answer.branch().is_some() => {}
            _ => unknown += 1,
        }
        applied += usize::from(answer.token.as_deref().is_some_and(|token| done.contains(token)));
    }
    let is_lost = applied < acknowledged || applied > acknowledged + unknown;
    is_lost.then(|| format!("{key}: {applied} done, {acknowledged} acknowledged, {unknown} unknown"))
}

/// The revisions at which each token was written. A rollback writes the token of another call again.
fn written(branch: &Branch) -> BTreeMap<&str, BTreeSet<u64>> {
    let mut written: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for commit in &branch.commits {
        for record in commit.records.iter().filter(|record| !record.is_rollback) {
            if let Some(value) = &record.value {
                written.entry(&value.token).or_default().insert(commit.revision);
            }
        }
    }
    written
}

fn is_done(answer: &Answer, branch: &Branch) -> bool {
    let Outcome::Done { revision, versions, .. } = &answer.outcome else { return false };
    let place = usize::try_from(revision.wrapping_sub(1)).unwrap_or(usize::MAX);
    let Some(commit) = branch.commits.get(place) else { return false };
    versions.iter().all(|(key, number, digest)| {
        let is_it = |value: &Value| answer.token.as_ref().is_none_or(|token| value.token == *token);
        commit.records.iter().any(|record| {
            record.key == *key
                && record.number == *number
                && record.digest == *digest
                && record.value.as_ref().map_or(answer.token.is_none(), is_it)
        })
    })
}
