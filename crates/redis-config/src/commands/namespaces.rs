use std::collections::BTreeMap;

use redis_service::{RedisService, scan::FoundKey};
use serde::Serialize;

use crate::{failure::Result, output::Output, place::Place, progress::Progress, table::Table};

#[derive(Serialize)]
struct Namespaces<'a> {
    namespaces: Vec<Namespace>,
    /// Whether there are more.
    truncated: bool,
    redis: &'a Place,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Namespace {
    namespace: String,
    /// What the service that uses it puts before every Redis key.
    prefix: String,
    /// `None` if it cannot be read, or is not that of a namespace.
    revision: Option<u64>,
}

pub(super) fn run(
    (redis, place): (RedisService, Place),
    output: &mut Output,
    is_of_all_prefixes: bool,
    limit: usize,
) -> Result<()> {
    let progress = Progress::start(output.is_json, "looking at the keys of the database");
    let (found, truncated) = find(&redis, is_of_all_prefixes, limit)?;
    progress.step("reading the revisions");
    let revisions = revisions(&redis, found.keys())?;
    let found = found.values().zip(revisions);
    let namespaces = found.map(|((before, namespace), revision)| {
        let prefix = format!("{}{before}", place.prefix);
        Namespace { namespace: namespace.clone(), prefix, revision }
    });
    let mut namespaces: Vec<_> = namespaces.collect();
    namespaces.sort();
    drop(progress);
    if output.is_json {
        return output.json(&Namespaces { namespaces, truncated, redis: &place });
    }
    if namespaces.is_empty() {
        output.remark(nothing(&place, is_of_all_prefixes));
        return Ok(());
    }
    let mut table = Table::new(["NAMESPACE", "REVISION", "PREFIX"]);
    for Namespace { namespace, prefix, revision } in namespaces {
        table.row([namespace, revision.map_or_else(|| "?".to_owned(), |number| number.to_string()), prefix]);
    }
    table.lines(output.paint).into_iter().try_for_each(|line| output.line(line))?;
    if truncated {
        output.remark(output.complaints.faint(format!("there are more: only {limit} are listed")));
    }
    Ok(())
}

/// The Redis keys of values, each with its prefix and its name.
type Found = BTreeMap<FoundKey, (String, String)>;

/// Finds as many namespaces as are wanted. The second value says whether there are more.
fn find(redis: &RedisService, is_of_all_prefixes: bool, limit: usize) -> Result<(Found, bool)> {
    let mut found = Found::new();
    let mut scan = redis.scan(if is_of_all_prefixes { "*{cs:*}:cur" } else { "{cs:*}:cur" });
    while let Some(page) = scan.page()? {
        for key in page {
            let Some((prefix, name)) = key.to_str().and_then(parts) else { continue };
            if !is_of_all_prefixes && !prefix.is_empty() || found.contains_key(&key) {
                continue;
            }
            if found.len() == limit {
                return Ok((found, true));
            }
            let parts = (prefix.to_owned(), name.to_owned());
            found.insert(key, parts);
        }
    }
    Ok((found, false))
}

/// The revision of each, where this user may read it.
fn revisions<'a>(redis: &RedisService, keys: impl Iterator<Item = &'a FoundKey>) -> Result<Vec<Option<u64>>> {
    let mut pipeline = redis.pipeline();
    let ask = |key| pipeline.command("HMGET").key(key).arg("#revision").queue::<[Option<u64>; 1]>();
    let asked: Vec<_> = keys.map(ask).collect();
    let mut answers = pipeline.run()?;
    Ok(asked.into_iter().map(|one| answers.take(one).ok()?.into_iter().next()?).collect())
}

/// The prefix and the name in the Redis key of a namespace's values.
fn parts(key: &str) -> Option<(&str, &str)> {
    let (prefix, name) = key.strip_suffix("}:cur")?.rsplit_once("{cs:")?;
    (!name.is_empty() && !name.contains(['{', '}'])).then_some((prefix, name))
}

fn nothing(place: &Place, is_of_all_prefixes: bool) -> String {
    let server = place.server();
    match &*place.prefix {
        _ if is_of_all_prefixes => format!("no namespaces, with any prefix, in {server}"),
        "" => format!("no namespaces without a prefix in {server}; --all-prefixes looks at all"),
        prefix => {
            format!("no namespaces with the prefix {prefix:?} in {server}; --all-prefixes looks at all")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redis_key_of_a_namespace_has_a_prefix_and_a_name() {
        for (key, expected) in [
            ("{cs:billing}:cur", Some(("", "billing"))),
            ("web:{cs:a b}:cur", Some(("web:", "a b"))),
            ("{x}:{cs:a:b}:cur", Some(("{x}:", "a:b"))),
            ("{cs:{cs:a}:cur", Some(("{cs:", "a"))),
            ("{cs:}:cur", None),
            ("{cs:a}b}:cur", None),
            ("{cs:a}:log", None),
        ] {
            assert_eq!(parts(key), expected, "{key}");
        }
    }
}
