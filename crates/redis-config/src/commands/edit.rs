use std::sync::Arc;

use redis_config_store::{Commit, Expect, Version, commit::Effect, read::Entry};

use super::{
    commit_one,
    diff::title,
    diff_printer,
    draft::{Draft, asks},
};
use crate::{
    arguments::Signature,
    connect::OpenStore,
    difference::differences,
    exit::Exit,
    failure::{Failure, Result},
    json,
    output::{Output, plain},
    record::{Done, bytes, effect},
};

pub(super) fn run(session: &OpenStore, output: &mut Output, key: &str, signature: &Signature) -> Result<()> {
    let entry = session.store.entry(key).map_err(Failure::reading)?;
    let entry = entry.filter(|entry| !entry.is_deletion()).ok_or_else(|| {
        let place = &session.place;
        Failure::missing(key).hint(format!("looked in {place}; redis-config set makes a new key"))
    })?;
    let value = json::exactly(entry.bytes())
        .ok_or_else(|| Failure::refused(format!("{key:?} holds no JSON")).hint("get it, and set it"))?;
    let before = json::pretty(value.get()) + "\n";

    let draft = Draft::new(key, &before)?;
    let done = edit_and_commit(session, output, key, &draft, entry, signature);
    done.map_err(|failure| draft.keep(&before, failure))
}

/// Commits what was edited, if the key is still as `base`. If it is not, shows what was changed, and asks the user.
fn edit_and_commit(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    draft: &Draft,
    mut base: Arc<Entry>,
    signature: &Signature,
) -> Result<()> {
    loop {
        let held = bytes(&base).and_then(json::exactly).map(|value| json::compact(value.get()));
        let edited = match draft.edit_until_it_is_json()? {
            Some(edited) if held.as_ref() != Some(&edited) => edited,
            _ => return unchanged(output, key, &base),
        };
        let conflict = match commit(session, output, key, &base, edited, signature) {
            Err(failure) if failure.exit == Exit::Conflict => failure,
            done => return done,
        };
        let Ok(Some(now)) = session.store.entry(key) else { return Err(conflict) };
        show_conflict(output, key, &base, &now);
        let number = now.version().number;
        let question = format!("Edit it again? What you save then replaces version {number}. [Y/n] ");
        if output.is_json || !asks(&question) {
            return Err(conflict);
        }
        base = now;
    }
}

/// Shows what others changed since the editor was opened.
fn show_conflict(output: &Output, key: &str, base: &Entry, now: &Entry) {
    let name = output.complaints.strong(plain(key));
    let (before, after) = (title(base), title(now));
    output.remark(format!("{name} was changed while you edited it: {before} -> {after}"));
    let found = differences(bytes(base), bytes(now));
    for line in diff_printer::lines(&found, output.complaints) {
        output.remark(format!("  {line}"));
    }
}

fn unchanged(output: &mut Output, key: &str, entry: &Entry) -> Result<()> {
    if !output.is_json {
        return output.line("nothing was changed");
    }
    let Version { number: version, revision, .. } = entry.version();
    output.json(&Done { key, version, revision, effect: effect(Effect::Unchanged), new_namespace: false })
}

fn commit(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    entry: &Entry,
    edited: String,
    signature: &Signature,
) -> Result<()> {
    let expect = if entry.is_deletion() { Expect::Absent } else { entry.version().into() };
    let commit = Commit::new().put_bytes(key, edited, expect);
    let commit = commit.message(signature.message.as_deref().unwrap_or_default());
    commit_one(session, output, key, commit, signature).map(|_| ())
}
