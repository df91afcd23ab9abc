use redis_config_store::read::Entry;
use serde::Serialize;

use super::diff_printer;
use crate::{
    connect::OpenStore,
    difference::{Difference, differences},
    failure::{Failure, Result},
    output::{Output, plain},
    record::bytes,
    time,
};

#[derive(Serialize)]
struct Document<'a> {
    key: &'a str,
    from: u64,
    to: u64,
    changes: Vec<Difference>,
}

pub(super) fn run(
    session: &OpenStore,
    output: &mut Output,
    key: &str,
    from: Option<u64>,
    to: Option<u64>,
) -> Result<()> {
    let after = match to {
        Some(to) => session.store.entry_at(key, to).map_err(Failure::reading)?,
        None => {
            let current = session.store.entry(key).map_err(Failure::reading)?;
            current.as_deref().cloned().ok_or_else(|| session.missing(key))?
        }
    };
    let (from, to) =
        (from.unwrap_or_else(|| after.version().number.saturating_sub(1)), after.version().number);
    // There is nothing before the first version.
    let before =
        if from == 0 { None } else { Some(session.store.entry_at(key, from).map_err(Failure::reading)?) };
    let changes = differences(before.as_ref().and_then(bytes), bytes(&after));
    if output.is_json {
        return output.json(&Document { key, from, to, changes });
    }
    let name = output.paint.strong(plain(key));
    let before = before.as_ref().map_or_else(|| "nothing".to_owned(), title);
    output.line(format!("{name}: {before} -> {}", title(&after)))?;
    if changes.is_empty() {
        return output.line("  no difference");
    }
    diff_printer::lines(&changes, output.paint)
        .into_iter()
        .try_for_each(|line| output.line(format!("  {line}")))
}

/// The version, its author and its age.
pub(super) fn title(entry: &Entry) -> String {
    let deleted = if entry.is_deletion() { "deleted, " } else { "" };
    let by = if entry.author().is_empty() { String::new() } else { format!(" by {}", plain(entry.author())) };
    format!("version {} ({deleted}{}{by})", entry.version().number, time::ago(entry.time()))
}
