use redis_config_store::{State, read::Entry};
use serde::Serialize;

use crate::{
    connect::OpenStore,
    failure::{Failure, Result},
    json,
    output::Output,
    place::Place,
    record::Record,
    table::Table,
    time,
};

#[derive(Serialize)]
struct Listed<'a> {
    namespace: &'a str,
    epoch: &'a str,
    revision: u64,
    keys: Vec<Record<'a>>,
    redis: &'a Place,
}

pub(super) fn run(session: &OpenStore, output: &mut Output, prefix: &str, with_values: bool) -> Result<()> {
    let state = session.store.state().map_err(Failure::reading)?;
    let found = state.iter().filter(|(key, _)| key.starts_with(prefix));
    let found: Vec<(&str, &Entry)> = found.map(|(key, entry)| (key, &**entry)).collect();
    if output.is_json {
        let record = if with_values { Record::new } else { Record::without_value };
        let keys = found.iter().map(|(key, entry)| record(key, entry)).collect();
        let (namespace, redis) = (session.store.namespace(), &session.place);
        let (epoch, revision) = (state.epoch(), state.revision());
        return output.json(&Listed { namespace, epoch, revision, keys, redis });
    }
    if found.is_empty() {
        output.remark(no_keys(session, &state, prefix));
        return Ok(());
    }
    let mut table =
        Table::new(["KEY", "VERSION", "CHANGED", "BY", if with_values { "VALUE" } else { "MESSAGE" }]);
    for (key, entry) in found {
        let last = if with_values { json::in_a_line(entry.bytes()) } else { entry.message().to_owned() };
        let version = entry.version().number.to_string();
        table.row([key.to_owned(), version, time::ago(entry.time()), entry.author().to_owned(), last]);
    }
    table.lines(output.paint).into_iter().try_for_each(|line| output.line(line))
}

/// Says where nothing was found: the namespace may be misspelt, or have another prefix.
fn no_keys(session: &OpenStore, state: &State, prefix: &str) -> String {
    let (name, place) = (session.store.namespace(), &session.place);
    if state.revision() == 0 {
        return format!(
            "no keys: nothing was ever committed to {name:?}, in {place}\n\
             redis-config namespaces --all-prefixes lists the namespaces in this database"
        );
    }
    let which = if prefix.is_empty() { String::new() } else { format!(" begin with {prefix:?}") };
    format!("no keys{which} in {name:?}, at revision {}, in {place}", state.revision())
}
