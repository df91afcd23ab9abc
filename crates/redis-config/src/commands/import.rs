use std::collections::BTreeSet;

use redis_config_store::{Commit, Expect, State, commit::Effect};
use serde::Serialize;

use super::{diff_printer, remark_new_namespace};
use crate::{
    arguments::Signature,
    connect::OpenStore,
    difference::{Difference, differences},
    exit::Exit,
    failure::{Failure, Result},
    input,
    output::{Output, counted, plain},
    progress::Progress,
    record::{begins_namespace, effect},
    transfer::{self, Exported},
};

pub(super) struct How {
    pub(super) dry_run: bool,
    pub(super) replace: bool,
    pub(super) if_unmoved: bool,
}

#[derive(Serialize)]
struct Imported<'a> {
    effect: &'static str,
    revision: u64,
    /// Whether the namespace had nothing before.
    new_namespace: bool,
    unchanged: usize,
    changes: Vec<Change<'a>>,
}

/// The change of a key.
#[derive(Serialize)]
struct Change<'a> {
    key: &'a str,
    change: &'static str,
    changes: Vec<Difference>,
}

pub(super) fn run(
    open: impl FnOnce() -> Result<OpenStore>,
    output: &mut Output,
    file: &str,
    how: &How,
    signature: &Signature,
) -> Result<()> {
    let progress = Progress::start(output.is_json, format!("reading {}", plain(file)));
    let exported = transfer::read(&input::file(file)?)?;
    drop(progress);
    let session = open()?;
    let progress = Progress::start(output.is_json, "reading the keys in Redis");
    let state = session.store.state().map_err(Failure::reading)?;
    if how.if_unmoved && (state.epoch(), state.revision()) != (&exported.epoch, exported.revision) {
        return Err(moved(&state, &exported));
    }
    progress.step("comparing");
    let changes = changes(&state, &exported, how.replace);
    let unchanged = exported.keys.len() - changes.iter().filter(|change| change.change != "delete").count();
    let mut imported = Imported {
        effect: "planned",
        revision: state.revision(),
        new_namespace: state.revision() == 0,
        unchanged,
        changes,
    };
    let message = signature.message.clone().unwrap_or_else(|| format!("import {file}"));
    let commit = commit(&state, &exported, how).author(signature.author()).message(message);
    if !commit.is_empty() {
        commit.check()?;
    }
    if !how.dry_run {
        progress.step(format!("committing {}", counted(exported.keys.len(), "key")));
        if !commit.is_empty() {
            let committed = session.store.commit(commit)?;
            imported.revision = committed.revision;
            imported.effect = effect(committed.effect);
            imported.new_namespace = begins_namespace(&committed);
            remark_new_namespace(&session, output, &committed);
        } else {
            imported.effect = effect(Effect::Unchanged);
        }
    }
    drop(progress);
    if output.is_json {
        return output.json(&imported);
    }
    if how.dry_run {
        print_changes(output, &imported.changes)?;
    }
    output.line(sum(&imported))
}

fn moved(state: &State, exported: &Exported) -> Failure {
    let message = match state.epoch() == exported.epoch {
        true => format!(
            "the namespace is at revision {}, and was exported at {}: nothing was changed",
            state.revision(),
            exported.revision
        ),
        false => {
            "the namespace is not the one that was exported, or has begun a new history: nothing was changed"
                .to_owned()
        }
    };
    Failure::new(Exit::Conflict, "conflict", message).hint("export it again, and do it again from there")
}

fn changes<'a>(state: &'a State, exported: &'a Exported, is_replaced: bool) -> Vec<Change<'a>> {
    let old = state.iter().map(|(key, _)| key).filter(|_| is_replaced);
    let keys: BTreeSet<&str> = exported.keys.keys().map(String::as_str).chain(old).collect();
    let changes = keys.into_iter().filter_map(|key| {
        let before = state.get(key).map(|entry| entry.bytes());
        let after = exported.keys.get(key).map(Vec::as_slice);
        let change = match (before, after) {
            (before, after) if before == after => return None,
            (None, _) => "create",
            (_, None) => "delete",
            (Some(_), Some(_)) => "change",
        };
        Some(Change { key, change, changes: differences(before, after) })
    });
    changes.collect()
}

/// Commits every key of the file, also unchanged ones: each key must still be as it was when it was compared.
fn commit(state: &State, exported: &Exported, how: &How) -> Commit {
    let expect = |key: &str| state.get(key).map_or(Expect::Absent, |entry| entry.version().into());
    let mut commit = Commit::new();
    for (key, value) in &exported.keys {
        commit = commit.put_bytes(key, value.clone(), expect(key));
    }
    for (key, entry) in state.iter().filter(|(key, _)| !exported.keys.contains_key(*key)) {
        if how.replace {
            commit = commit.delete_if(key, entry.version());
        } else if how.if_unmoved {
            // The same value again: no change, unless the key was changed in between.
            commit = commit.put_bytes(key, entry.bytes(), entry.version());
        }
    }
    commit
}

fn print_changes(output: &mut Output, changes: &[Change<'_>]) -> Result<()> {
    let paint = output.paint;
    for Change { key, change, changes } in changes {
        let change = match *change {
            "create" => paint.good("create"),
            "delete" => paint.bad("delete"),
            other => paint.notable(other),
        };
        output.line(format!("{change}  {}", paint.strong(plain(key))))?;
        diff_printer::lines(changes, paint)
            .into_iter()
            .try_for_each(|line| output.line(format!("    {line}")))?;
    }
    Ok(())
}

fn sum(imported: &Imported<'_>) -> String {
    let count = |change| imported.changes.iter().filter(|found| found.change == change).count();
    let (created, changed, deleted) = (count("create"), count("change"), count("delete"));
    let sum =
        format!("{created} created, {changed} changed, {deleted} deleted, {} as before", imported.unchanged);
    match imported.effect {
        "planned" => format!("would be: {sum}"),
        "unchanged" => format!("nothing to change: {sum}"),
        _ => format!("revision {}: {sum}", imported.revision),
    }
}
