use std::time::Duration;

use serde::de::DeserializeOwned;

use super::{run_script::run_script, runtime::dual, store::Store};
use crate::{
    commit::Commit,
    diff::{self, Diff},
    error::{During, Result, StoreError, StoreErrorKind},
    protocol::{HISTORY, HistoryReply, check_key},
    read::{Entry, Source, Versioned},
    version::{Expect, Version},
};

#[dual]
impl Store {
    /// Returns the versions of a key, the newest first, deletions included: as far back as the log reaches, and the
    /// current one in any case.
    ///
    /// The server's time is proportional to the length of the log. It is asked for 10,000 versions at a time.
    ///
    /// # Errors
    ///
    /// `Integrity` if no store wrote what is stored; `Service` if Redis does not answer, or answers with an error.
    pub async fn history(&self, key: &str) -> Result<Vec<Entry>> {
        self.read_whole_history(key, true).await.during_on("history", key)
    }

    /// Returns the versions of a key as [`history`](Self::history) does, without their entries.
    ///
    /// # Errors
    ///
    /// As [`history`](Self::history).
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let found = self.read_whole_history(key, false).await.during_on("versions", key)?;
        Ok(found.iter().map(Entry::version).collect())
    }

    /// Reads a version of a key; `None` if that version is a deletion.
    ///
    /// # Errors
    ///
    /// `Missing` if that version never existed; `TooOld` if the log does not reach back to it; otherwise as
    /// [`fetch`](Self::fetch).
    pub async fn at<T: DeserializeOwned>(&self, key: &str, number: u64) -> Result<Option<Versioned<T>>> {
        let entry = self.entry_at(key, number).await.during("at")?;
        let read = self.shared.decode(key, Some(&entry), None, Source::Redis).during("at")?;
        Ok(read.map(|versioned| Versioned { age: Duration::ZERO, ..versioned }))
    }

    /// Compares two versions of a key, as JSON. Integers beyond 64 bits are compared as floats.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    pub async fn diff(&self, key: &str, from: u64, to: u64) -> Result<Diff> {
        let before = self.entry_at(key, from).await.during("diff")?;
        let after = self.entry_at(key, to).await.during("diff")?;
        let value = |entry: &Entry| (!entry.is_deletion()).then(|| diff::comparable(entry.bytes()));
        let changes = diff::differences(value(&before).as_ref(), value(&after).as_ref());
        Ok(Diff { from, to, changes })
    }

    /// Sets the value of a key to that of an earlier version, as a new version which records that; also after the key
    /// was deleted. If that version is a deletion, deletes the key.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at) and [`commit`](Self::commit).
    pub async fn rollback(&self, key: &str, number: u64) -> Result<Version> {
        let entry = self.entry_at(key, number).await.during("rollback")?;
        let message = format!("roll back to version {number}");
        let commit = Commit::new().restore(key, &entry, Expect::Any).message(message);
        self.commit_one(commit).await.during("rollback")
    }

    /// Reads a version of a key as it is stored, which may be a deletion. Calls no validator.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at), except for `Invalid`.
    pub async fn entry_at(&self, key: &str, number: u64) -> Result<Entry> {
        let HistoryReply { current, mut records } =
            self.read_history(key, number, number, true).await.during_on("entry_at", key)?;
        if let Some(entry) = records.pop() {
            return Ok(entry);
        }
        let missing = |kind, what| {
            let message = format!("version {number} {what}");
            Err(StoreError::new(kind, message)).during_on("entry_at", key)
        };
        match current {
            Some(current) if current.version().number == number => Ok(current),
            Some(current) if current.version().number > number && number > 0 => {
                missing(StoreErrorKind::TooOld, "is no longer in the log")
            }
            _ => missing(StoreErrorKind::Missing, "does not exist"),
        }
    }

    async fn read_whole_history(&self, key: &str, with_values: bool) -> Result<Vec<Entry>> {
        let HistoryReply { current, records: mut found } =
            self.read_history(key, 1, LARGEST, with_values).await?;
        let mut is_more = found.len() == MOST;
        while let (true, Some(oldest)) = (is_more, found.last()) {
            let below = oldest.version().number.saturating_sub(1);
            let older = self.read_history(key, 1, below, with_values).await?.records;
            is_more = older.len() == MOST;
            found.extend(older);
        }
        // The record of the current version may have been trimmed.
        if found.is_empty() {
            found.extend(current);
        }
        Ok(found)
    }

    async fn read_history(&self, key: &str, from: u64, to: u64, with_values: bool) -> Result<HistoryReply> {
        self.shared.check_open()?;
        check_key(key)?;
        let arguments = [
            key.to_owned(),
            from.to_string(),
            to.to_string(),
            MOST.to_string(),
            u8::from(with_values).to_string(),
        ];
        let arguments = arguments.map(String::into_bytes);
        let reply = run_script(&self.shared.redis, &HISTORY, self.shared.replica.keys(), &arguments).await?;
        HistoryReply::read(reply)
    }
}

/// The largest version number.
const LARGEST: u64 = 1 << 53;

/// How many versions are read at a time.
const MOST: usize = 10_000;
