//! An entry, as programs read it.

use redis_config_store::{Committed, commit::Effect, read::Entry, watch::KeyChange};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    difference::{Difference, differences},
    json, time,
};

/// A value: as JSON, else as text, else as bytes.
#[derive(Default, Serialize)]
pub(crate) struct Value {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Value {
    /// The value, unchanged.
    pub(crate) fn exactly(bytes: &[u8]) -> Self {
        if let Some(value) = json::exactly(bytes) {
            return Self { value: Some(value.to_owned()), ..Self::default() };
        }
        match str::from_utf8(bytes) {
            Ok(text) => Self { text: Some(text.to_owned()), ..Self::default() },
            Err(_) => Self {
                hex: Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
                ..Self::default()
            },
        }
    }

    /// The value in one line.
    fn in_a_line(bytes: &[u8]) -> Self {
        let mut value = Self::exactly(bytes);
        value.value = value.value.and_then(|value| RawValue::from_string(json::compact(value.get())).ok());
        value
    }
}

/// A version of a key.
#[derive(Serialize)]
pub(crate) struct Record<'a> {
    key: &'a str,
    version: u64,
    revision: u64,
    deleted: bool,
    #[serde(flatten)]
    value: Option<Value>,
    digest: String,
    author: &'a str,
    message: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    restores: Option<u64>,
}

impl<'a> Record<'a> {
    pub(crate) fn new(key: &'a str, entry: &'a Entry) -> Self {
        let value = (!entry.is_deletion()).then(|| Value::in_a_line(entry.bytes()));
        Self { value, ..Self::without_value(key, entry) }
    }

    pub(crate) fn without_value(key: &'a str, entry: &'a Entry) -> Self {
        Self {
            key,
            version: entry.version().number,
            revision: entry.version().revision,
            deleted: entry.is_deletion(),
            value: None,
            digest: entry.version().digest.to_string(),
            author: entry.author(),
            message: entry.message(),
            time: time::stamp(entry.time()),
            restores: entry.restores(),
        }
    }
}

/// How a key has changed.
#[derive(Serialize)]
pub(crate) struct Changed<'a> {
    key: &'a str,
    before: Option<Record<'a>>,
    after: Option<Record<'a>>,
    changes: Vec<Difference>,
}

impl<'a> Changed<'a> {
    pub(crate) fn new(change: &'a KeyChange) -> Self {
        let KeyChange { key, before, after, .. } = change;
        let [before, after] = [before.as_deref(), after.as_deref()];
        let record = |entry: Option<&'a Entry>| entry.map(|entry| Record::new(key, entry));
        Self {
            key,
            before: record(before),
            after: record(after),
            changes: differences(before.and_then(bytes), after.and_then(bytes)),
        }
    }
}

/// The value of an entry, unless it is a deletion.
pub(crate) fn bytes(entry: &Entry) -> Option<&[u8]> {
    (!entry.is_deletion()).then(|| entry.bytes())
}

/// The result of a commit of one key.
#[derive(Serialize)]
pub(crate) struct Done<'a> {
    pub(crate) key: &'a str,
    pub(crate) version: u64,
    pub(crate) revision: u64,
    pub(crate) effect: &'static str,
    /// Whether the namespace had nothing before.
    pub(crate) new_namespace: bool,
}

impl<'a> Done<'a> {
    pub(crate) fn new(key: &'a str, committed: &Committed) -> Self {
        let version = committed.versions.first().map_or(0, |version| version.number);
        let new_namespace = begins_namespace(committed);
        Self { key, version, revision: committed.revision, effect: effect(committed.effect), new_namespace }
    }
}

/// Whether this is the first commit of a namespace; also if its answer was lost at first.
pub(crate) fn begins_namespace(committed: &Committed) -> bool {
    committed.effect != Effect::Unchanged && committed.revision == 1
}

pub(crate) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Done => "done",
        Effect::Unchanged => "unchanged",
        Effect::Repeated => "repeated",
        _ => "other",
    }
}
