use serde::de::DeserializeOwned;

use super::{runtime::dual, scripts, store::Store};
use crate::{
    Commit, Diff, Entry, Expect, Result, Source, StoreError, StoreErrorKind, Version, Versioned, diff,
    name::check_key, script::HISTORY, sync::HistoryReply,
};

#[dual]
impl Store {
    /// The versions of a key, the newest first, deletions included: as far back as the log reaches, and the
    /// current one in any case.
    ///
    /// Takes the server a time in proportion to the length of the log, of which it is asked 10,000 versions at a
    /// time.
    ///
    /// # Errors
    ///
    /// `Integrity` if what is stored was not written by a store; `Service` for whatever keeps Redis from
    /// answering.
    pub async fn history(&self, key: &str) -> Result<Vec<Entry>> {
        self.ask_whole_history(key, true).await
    }

    /// The numbers of a key's versions, the newest first, and what [`history`](Self::history) tells of them
    /// but their values.
    ///
    /// # Errors
    ///
    /// As [`history`](Self::history).
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let found = self.ask_whole_history(key, false).await?;
        Ok(found.iter().map(Entry::version).collect())
    }

    /// A version of a key; `None` if that version is its deletion.
    ///
    /// # Errors
    ///
    /// `Missing` if there never was such a version, `TooOld` if the log does not reach back to it; as
    /// [`fetch`](Self::fetch).
    pub async fn at<T: DeserializeOwned>(&self, key: &str, number: u64) -> Result<Option<Versioned<T>>> {
        let entry = self.entry_at(key, number).await?;
        self.shared
            .read(key, Some(&entry), None, Source::Redis)
            .map(|read| read.map(|versioned| Versioned { age: std::time::Duration::ZERO, ..versioned }))
    }

    /// What is different between two versions of a key, as JSON. Integers beyond 64 bits are compared as floats.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    pub async fn diff(&self, key: &str, from: u64, to: u64) -> Result<Diff> {
        let before = self.entry_at(key, from).await?;
        let after = self.entry_at(key, to).await?;
        let value = |entry: &Entry| (!entry.is_deletion()).then(|| diff::comparable(entry.bytes()));
        let changes = diff::differences(value(&before).as_ref(), value(&after).as_ref());
        Ok(Diff { from, to, changes })
    }

    /// Gives a key the value that it had at a version, as a new version, which says so; also after it was
    /// deleted. If that version is a deletion, deletes it.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at) and [`commit`](Self::commit).
    pub async fn rollback(&self, key: &str, number: u64) -> Result<Version> {
        let entry = self.entry_at(key, number).await?;
        let message = format!("roll back to version {number}");
        let commit = Commit::new().restore(key, &entry, Expect::Any).message(message);
        let committed = self.commit(commit).await?;
        committed.versions.first().copied().ok_or_else(|| StoreError::unexpected_reply("a version"))
    }

    /// A version of a key, as it is stored, which may be its deletion. No validator is asked.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at), but for `Invalid`.
    pub async fn entry_at(&self, key: &str, number: u64) -> Result<Entry> {
        let HistoryReply { current, mut records } = self.ask_history(key, number, number, true).await?;
        if let Some(entry) = records.pop() {
            return Ok(entry);
        }
        let missing = |kind, message: &str| Err(StoreError::new(kind, message).on_key(key));
        match current {
            Some(current) if current.version().number == number => Ok(current),
            Some(current) if current.version().number > number && number > 0 => {
                missing(StoreErrorKind::TooOld, "the log does not reach back to this version")
            }
            _ => missing(StoreErrorKind::Missing, "there is no such version"),
        }
    }

    async fn ask_whole_history(&self, key: &str, with_values: bool) -> Result<Vec<Entry>> {
        let HistoryReply { current, records: mut found } =
            self.ask_history(key, 1, LARGEST, with_values).await?;
        let mut is_more = found.len() == MOST;
        while let (true, Some(oldest)) = (is_more, found.last()) {
            let below = oldest.version().number.saturating_sub(1);
            let older = self.ask_history(key, 1, below, with_values).await?.records;
            is_more = older.len() == MOST;
            found.extend(older);
        }
        // Its record may have been trimmed.
        if found.is_empty() {
            found.extend(current);
        }
        Ok(found)
    }

    async fn ask_history(&self, key: &str, from: u64, to: u64, with_values: bool) -> Result<HistoryReply> {
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
        let reply = scripts::run(&self.shared.redis, &HISTORY, &self.shared.name, &arguments).await?;
        HistoryReply::read(reply)
    }
}

/// The largest version.
const LARGEST: u64 = 1 << 53;

/// How many versions are asked for at a time.
const MOST: usize = 10_000;
