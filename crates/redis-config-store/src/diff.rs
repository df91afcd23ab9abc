//! The differences between two versions of a key.

use serde_json::Value;

/// The differences between two versions of a key.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// The number of the older version.
    pub from: u64,
    /// The number of the newer version.
    pub to: u64,
    /// The differences, in the order of their paths.
    pub changes: Vec<Difference>,
}

/// One place where two JSON values differ.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The place, as a JSON pointer: `/limits/0/rps`; empty for the whole value.
    pub path: String,
    /// The value before; `None` if there was none.
    pub before: Option<Value>,
    /// The value after; `None` if there is none.
    pub after: Option<Value>,
}

/// Compares two values: objects member by member, arrays index by index.
pub(crate) fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut String::new(), before, after, &mut found);
    found
}

fn compare(path: &mut String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                below(path, &name.replace('~', "~0").replace('/', "~1"), |path| {
                    compare(path, old.get(name), new.get(name), found);
                });
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for at in 0..old.len().max(new.len()) {
                below(path, &at.to_string(), |path| compare(path, old.get(at), new.get(at), found));
            }
        }
        (before, after) if before != after => {
            found.push(Difference { path: path.clone(), before: before.cloned(), after: after.cloned() });
        }
        _ => {}
    }
}

fn below(path: &mut String, step: &str, go: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(step);
    go(path);
    path.truncate(length);
}

/// A stored value for comparison: as JSON, or, if it is none, as text.
pub(crate) fn comparable(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_distinguished_by_place() {
        let before = json!({"a": 1, "b": [1, 2], "c/d": {"e~": null}, "same": "x"});
        let after = json!({"b": [1, 3, 4], "c/d": {"e~": 5}, "f": true, "same": "x"});
        let found = differences(Some(&before), Some(&after));
        let paths: Vec<_> = found.iter().map(|difference| &*difference.path).collect();
        assert_eq!(paths, ["/a", "/b/1", "/b/2", "/c~1d/e~0", "/f"]);
        assert_eq!((&found[3].before, &found[3].after), (&Some(json!(null)), &Some(json!(5))));
        assert_eq!((&found[4].before, &found[4].after), (&None, &Some(json!(true))));
    }

    #[test]
    fn the_same_is_no_difference_and_a_deletion_is_one() {
        let value = json!([1]);
        assert!(differences(Some(&value), Some(&value)).is_empty());
        let found = differences(Some(&value), None);
        assert_eq!((found.len(), &*found[0].path), (1, ""));
        assert_eq!(comparable(b"not json"), json!("not json"));
    }
}
