//! One file for each command, and the printers that several share.

mod delete;
mod diff;
mod diff_printer;
mod draft;
mod edit;
mod event_printer;
mod export;
mod generated_docs;
mod get;
mod health;
mod history;
mod import;
mod list;
mod namespaces;
mod rollback;
mod set;
mod status;
mod watch;

use std::num::NonZeroUsize;

use redis_config_store::{Commit, Committed};

use crate::{
    arguments::{Arguments, Command, Signature},
    connect::{OpenStore, open_server},
    failure::Result,
    output::{Output, plain},
    record::{Done, begins_namespace},
};

pub(crate) fn run(arguments: Arguments, output: &mut Output) -> Result<()> {
    let Arguments { common, command } = arguments;
    let open = || OpenStore::open(&common);
    let open_patiently = || OpenStore::open_patiently(&common);
    match command {
        Command::Get { key, version, string } => get::run(&open()?, output, &key, version, string),
        Command::Set { key, value, string, if_absent, expected, signature } => {
            let put = set::Put { key: &key, value: &value, is_string: string };
            set::run(open, output, &put, set::expect(if_absent, expected), &signature)
        }
        Command::Edit { key, signature } => edit::run(&open()?, output, &key, &signature),
        Command::Delete { key, expected, signature } => {
            delete::run(&open()?, output, &key, expected.into(), &signature)
        }
        Command::List { prefix, values } => list::run(&open()?, output, &prefix, values),
        Command::Namespaces { all_prefixes, limit } => {
            namespaces::run(open_server(&common, all_prefixes)?, output, all_prefixes, limit.get())
        }
        Command::History { key, values, limit } => {
            history::run(&open()?, output, &key, values, limit.map(NonZeroUsize::get))
        }
        Command::Diff { key, from, to } => diff::run(&open()?, output, &key, from, to),
        Command::Rollback { key, version, expected, signature } => {
            rollback::run(&open()?, output, (&key, version), expected.into(), &signature)
        }
        Command::Watch { prefix, exact, interval, fail_if_stale } => {
            let wanted = watch::Wanted { prefix, exact, interval, fail_if_stale };
            watch::run(&common, output, &wanted)
        }
        Command::Export { file } => export::run(&open_patiently()?, output, &file),
        Command::Import { file, dry_run, replace, if_unmoved, signature } => {
            let how = import::How { dry_run, replace, if_unmoved };
            import::run(open_patiently, output, &file, &how, &signature)
        }
        Command::Status => status::run(&common, output),
        Command::Completions { shell } => generated_docs::completions(output, shell),
        Command::Man { command, dir } => generated_docs::man(output, command.as_deref(), dir.as_deref()),
    }
}

/// Commits a change of one key, and prints the result.
fn commit_one(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    commit: Commit,
    signature: &Signature,
) -> Result<Committed> {
    let committed = session.store.commit(commit.author(signature.author()))?;
    remark_new_namespace(session, output, &committed);
    let done = Done::new(key, &committed);
    if output.is_json {
        output.json(&done)?;
    } else {
        let Done { version, revision, .. } = done;
        let name = output.paint.strong(plain(key));
        output.line(match done.effect {
            "unchanged" => format!("{name} has this value already, at version {version}"),
            _ => format!("{name} is now at version {version}, revision {revision}"),
        })?;
    }
    Ok(committed)
}

/// Says that a namespace had nothing before: it may be misspelt, or have a wrong prefix.
fn remark_new_namespace(session: &OpenStore, output: &Output, committed: &Committed) {
    if begins_namespace(committed) {
        let (name, place) = (session.store.namespace(), &session.place);
        let text = format!("new namespace: this is the first commit of {name:?}, in {place}");
        output.remark(output.complaints.notable(text));
    }
}
