//! Compares two values, with each number as it was written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::{self, DEEPEST};

/// One place where two values differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// As a JSON pointer: `/limits/0/rps`; empty for the whole value.
    pub(crate) path: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// The differences of objects, member by member, and of arrays, index by index.
pub(crate) fn differences(before: Option<&[u8]>, after: Option<&[u8]>) -> Vec<Difference> {
    let (before, after) = (before.map(comparable), after.map(comparable));
    let mut found = Vec::new();
    compare("", before.as_deref(), after.as_deref(), 0, &mut found);
    found
}

/// As JSON; as text, if it is none.
fn comparable(bytes: &[u8]) -> String {
    match json::exactly(bytes) {
        Some(value) => json::compact(value.get()),
        None => json::string(&String::from_utf8_lossy(bytes)),
    }
}

fn compare(path: &str, before: Option<&str>, after: Option<&str>, depth: usize, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let both =
        before.zip(after).filter(|(old, new)| depth < DEEPEST && old.bytes().next() == new.bytes().next());
    let Some((old, new)) = both.and_then(|(before, after)| members_of(before).zip(members_of(after))) else {
        let [before, after] = [before, after].map(|value| value.map(str::to_owned));
        found.push(Difference { path: path.to_owned(), before, after });
        return;
    };
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for name in names {
        let path = format!("{path}/{name}");
        let [before, after] = [&old, &new].map(|members| members.get(name).copied());
        compare(&path, before, after, depth + 1, found);
    }
}

/// The place of a part in an array, or its name in an object.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Place(usize),
    Name(String),
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(at) => write!(f, "{at}"),
            Self::Name(name) => f.write_str(&name.replace('~', "~0").replace('/', "~1")),
        }
    }
}

/// The parts of an object or an array.
fn members_of(json: &str) -> Option<BTreeMap<Step, &str>> {
    let members: BTreeMap<Step, &str> = if json.starts_with('{') {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        members.into_iter().map(|(name, value)| (Step::Name(name), value.get())).collect()
    } else if json.starts_with('[') {
        let members: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        members.into_iter().enumerate().map(|(at, value)| (Step::Place(at), value.get())).collect()
    } else {
        return None;
    };
    Some(members)
}

impl Serialize for Difference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path)?;
        for (name, value) in [("before", &self.before), ("after", &self.after)] {
            if let Some(value) = value.as_ref().and_then(|value| json::exactly(value.as_bytes())) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(before: &str, after: &str) -> Vec<String> {
        let found = differences(Some(before.as_bytes()), Some(after.as_bytes()));
        let lines = found.iter().map(|Difference { path, before, after }| {
            let [before, after] = [before, after].map(|value| value.as_deref().unwrap_or("nothing"));
            format!("{path} {before} {after}")
        });
        lines.collect()
    }

    #[test]
    fn differences_have_paths_and_exact_values() {
        let before = r#"{"a": 1, "b": [1, 2.0], "c/d": {"e~": null}, "same": "x"}"#;
        let after = r#"{"b": [1, 2, 4], "c/d": {"e~": 5}, "f": true, "same":"x"}"#;
        let expected =
            ["/a 1 nothing", "/b/1 2.0 2", "/b/2 nothing 4", "/c~1d/e~0 null 5", "/f nothing true"];
        assert_eq!(found_in(before, after), expected);
        assert_eq!(found_in("123456789012345678901", "123456789012345678902").len(), 1);
        assert!(found_in("[1, 2]", "[1,2]").is_empty());
    }

    #[test]
    fn what_has_no_parts_in_common_is_different_as_a_whole() {
        assert_eq!(found_in("{\"a\":1}", "1"), [" {\"a\":1} 1"]);
        assert_eq!(found_in("text", "1"), [" \"text\" 1"]);
        assert_eq!(found_in("{}", "[]"), [" {} []"]);
        assert_eq!(found_in("[1]", "{\"0\":1}"), [" [1] {\"0\":1}"]);
        assert_eq!(differences(None, Some(b"1")).len(), 1);
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(found_in(&deep("1"), &deep("2")).len(), 1);
    }
}
