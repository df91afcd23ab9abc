use redis_config_store::watch::ResetReason;

use crate::{
    history::{Branch, Commit, How, Item, Items, Record, Seen, Wants, WatcherLog},
    plan::PAIR,
};

/// A watcher received everything in order, each commit whole, each gap and each loss by name, and nothing that was
/// not so.
pub(crate) fn check_watcher(log: &WatcherLog, branches: &[Branch]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut before: Option<(End, Vec<usize>)> = None;
    for run in runs(&log.seen) {
        let (end, failures) = follow(log, run, branches);
        let explained: Vec<_> = (0..branches.len()).filter(|index| failures[*index].is_none()).collect();
        if explained.is_empty() {
            let nearest = failures.into_iter().flatten().max_by_key(|(steps, _)| *steps);
            wrong.push(nearest.map_or_else(|| "there is no history".to_owned(), |(_, why)| why));
        } else if let Some(why) = check_joint(log, before.as_ref(), run, &explained) {
            wrong.push(why);
        }
        wrong.extend(torn(run));
        before = Some((end, explained));
    }
    wrong.into_iter().map(|why| format!("{}: {why}", log.name)).collect()
}

/// The keys that were there at a revision.
pub(crate) fn items_at(branch: &Branch, revision: u64) -> Option<Items> {
    let mut walk = Walk { branch, wants: Wants::All, at: 0, items: Items::new() };
    walk.to(revision).then_some(walk.items)
}

/// What a watcher holds at the end of a run.
struct End {
    revision: u64,
    items: Items,
}

/// From one whole state up to the next.
fn runs(seen: &[Seen]) -> Vec<&[Seen]> {
    let starts: Vec<_> =
        (0..seen.len()).filter(|at| *at == 0 || matches!(seen[*at], Seen::Whole { .. })).collect();
    let ends = starts.iter().skip(1).copied().chain([seen.len()]);
    starts.iter().zip(ends).map(|(start, end)| &seen[*start..end]).collect()
}

/// The end of a run, and for each branch the step at which the run departs from it, with the reason.
fn follow(log: &WatcherLog, run: &[Seen], branches: &[Branch]) -> (End, Vec<Option<(usize, String)>>) {
    let mut end = End { revision: 0, items: Items::new() };
    for seen in run {
        apply(&mut end, seen);
    }
    (end, branches.iter().map(|branch| differs(log, run, branch)).collect())
}

fn apply(end: &mut End, seen: &Seen) {
    match seen {
        Seen::Whole { revision, items, .. } => *end = End { revision: *revision, items: items.clone() },
        Seen::Change { revision, keys } => {
            end.revision = *revision;
            for (key, item) in keys {
                match item {
                    Some(item) => end.items.insert(key.clone(), item.clone()),
                    None => end.items.remove(key),
                };
            }
        }
    }
}

fn differs(log: &WatcherLog, run: &[Seen], branch: &Branch) -> Option<(usize, String)> {
    let mut walk = Walk { branch, wants: log.wants, at: 0, items: Items::new() };
    let mut held = End { revision: 0, items: Items::new() };
    for (step, seen) in run.iter().enumerate() {
        let because = |why: String| Some((step, why));
        let revision = match seen {
            Seen::Whole { epoch, revision, .. } if *revision == 0 || *epoch == branch.epoch => *revision,
            Seen::Whole { epoch, .. } => return because(format!("there was no epoch {epoch}")),
            Seen::Change { revision, .. } if step == 0 => {
                return because(format!("revision {revision} before anything else"));
            }
            Seen::Change { revision, .. } if *revision <= held.revision => {
                return because(format!("revision {revision} after {}", held.revision));
            }
            Seen::Change { revision, keys } => {
                if let (true, Some(why)) = (log.is_log, walk.skips(*revision, keys)) {
                    return because(why);
                }
                *revision
            }
        };
        apply(&mut held, seen);
        if !walk.to(revision) {
            return because(format!("there was no revision {revision}"));
        }
        if walk.items != held.items {
            return because(format!(
                "at revision {revision} {:?}, and there was {:?}",
                held.items, walk.items
            ));
        }
    }
    None
}

/// The part of a branch that a watcher wants, revision by revision.
struct Walk<'a> {
    branch: &'a Branch,
    wants: Wants,
    at: u64,
    items: Items,
}

impl<'a> Walk<'a> {
    /// Goes on to a revision, if there is one.
    fn to(&mut self, revision: u64) -> bool {
        for commit in self.commits(self.at, revision) {
            for record in wanted(commit, self.wants) {
                match &record.value {
                    Some(_) => self.items.insert(record.key.clone(), item(record, commit)),
                    None => self.items.remove(&record.key),
                };
            }
        }
        self.at = self.at.max(revision);
        revision <= self.branch.commits.len() as u64
    }

    /// What is wrong if a watcher of the log receives this commit next.
    fn skips(&self, revision: u64, keys: &[(String, Option<Item>)]) -> Option<String> {
        let mut missed = self.commits(self.at, revision - 1);
        if let Some(missed) = missed.find(|commit| wanted(commit, self.wants).next().is_some()) {
            return Some(format!("revision {} was never reported", missed.revision));
        }
        let of_it = self.commits(revision - 1, revision).flat_map(|commit| wanted(commit, self.wants));
        let mut changed: Vec<_> = of_it.map(|record| &record.key).collect();
        changed.sort();
        let reported: Vec<_> = keys.iter().map(|(key, _)| key).collect();
        (reported != changed)
            .then(|| format!("revision {revision} changed {changed:?}, and {reported:?} were reported"))
    }

    /// The commits after one revision, up to another.
    fn commits(&self, after: u64, to: u64) -> impl Iterator<Item = &'a Commit> + use<'a> {
        let commits = self.branch.commits.iter().skip(usize::try_from(after).unwrap_or(usize::MAX));
        commits.take_while(move |commit| commit.revision <= to)
    }
}

fn wanted(commit: &Commit, wants: Wants) -> impl Iterator<Item = &Record> {
    commit.records.iter().filter(move |record| wants.matches(&record.key))
}

fn item(record: &Record, commit: &Commit) -> Item {
    let token = record.value.as_ref().map(|value| value.token.clone()).unwrap_or_default();
    Item { number: record.number, revision: commit.revision, digest: record.digest.clone(), token }
}

/// What is wrong with the transition from one run to the next, each of which is part of some branch.
fn check_joint(
    log: &WatcherLog,
    before: Option<&(End, Vec<usize>)>,
    run: &[Seen],
    explained: &[usize],
) -> Option<String> {
    let Some(Seen::Whole { how, revision, items, .. }) = run.first() else { return None };
    let at = *revision;
    match (how, before) {
        (How::Initial, None) => None,
        (How::Initial, Some(_)) => Some("received a second initial state".to_owned()),
        (_, None) => Some("received a later event before the initial state".to_owned()),
        // A loss must be reported as one: both runs are part of the same history.
        (How::Gap, Some((end, branches))) => {
            let is_one = end.revision == 0 || branches.iter().any(|branch| explained.contains(branch));
            let why =
                || format!("after revision {} a gap, and not a loss, up to revision {at}", end.revision);
            (!is_one).then(why)
        }
        (How::Reset { reason, revision, items: held }, Some((end, _))) => {
            if *held != end.items {
                return Some(format!("received that it held {held:?}, and held {:?}", end.items));
            }
            let is_so = match reason {
                ResetReason::Emptied => !log.is_log || items.is_empty(),
                ResetReason::NewEpoch => true,
                // An event of a state watcher also covers later commits.
                ResetReason::Regressed => !log.is_log || at < *revision,
                ResetReason::Forked => !log.is_log || at >= *revision,
                _ => false,
            };
            (!is_so).then(|| format!("{reason:?}, from revision {revision} to {at}"))
        }
    }
}

/// The places where keys that are committed together differ.
fn torn(run: &[Seen]) -> Option<String> {
    let mut end = End { revision: 0, items: Items::new() };
    for seen in run {
        apply(&mut end, seen);
        let tokens: Vec<_> =
            PAIR.iter().filter_map(|key| end.items.get(*key)).map(|item| &item.token).collect();
        let is_whole = tokens.is_empty() || tokens.len() == PAIR.len();
        if !is_whole || tokens.iter().any(|token| *token != tokens[0]) {
            return Some(format!("torn at revision {}: {:?}", end.revision, end.items));
        }
    }
    None
}
