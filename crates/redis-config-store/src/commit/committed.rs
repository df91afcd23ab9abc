use super::Commit;
use crate::{read::Entry, version::Version};

/// The result of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// Identifies the history of the namespace. A new one begins after everything was lost.
    pub epoch: String,
    /// Its revision; if nothing changed, that of the namespace.
    pub revision: u64,
    /// Whether it changed anything.
    pub effect: Effect,
    /// The version of each key, in the commit's order; for a deleted key, that of its deletion. A key that the commit
    /// did not change has its present version.
    pub versions: Vec<Version>,
    /// When it was done, in milliseconds since 1970, by the server's clock.
    pub(super) time: u64,
}

impl Committed {
    /// The keys that were as they were to be, with the version that has the commit's value, and whether it is no deletion.
    pub(crate) fn found<'a>(
        &'a self,
        commit: &'a Commit,
    ) -> impl Iterator<Item = (&'a str, Version, bool)> + use<'a> {
        let is_new = |version: &Version| self.effect == Effect::Done && version.revision == self.revision;
        let found = commit.changes.iter().zip(&self.versions).filter(move |(change, version)| {
            let value = change.value.as_deref().unwrap_or_default();
            // That of another value was put since.
            version.number > 0 && !is_new(version) && version.digest.is_of(value)
        });
        found.map(|(change, version)| (&*change.key, *version, change.value.is_some()))
    }

    /// The new entry of each changed key, if the commit was done.
    pub(crate) fn entries(&self, commit: Commit, author: &str) -> Vec<(String, Entry)> {
        if self.effect != Effect::Done {
            return Vec::new();
        }
        let author = commit.author.unwrap_or_else(|| author.to_owned());
        let changed = commit.changes.into_iter().zip(&self.versions);
        // A key that had this value already has the revision of an earlier commit.
        let changed = changed.filter(|(_, version)| version.revision == self.revision);
        let entries = changed.map(|(change, version)| {
            let entry = Entry {
                version: *version,
                is_live: change.value.is_some(),
                time: self.time,
                restores: change.restores,
                author: author.clone(),
                message: commit.message.clone(),
                value: change.value.unwrap_or_default(),
            };
            (change.key, entry)
        });
        entries.collect()
    }
}

/// Whether a commit changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// It changed something.
    Done,
    /// Every key had its value already.
    Unchanged,
    /// The same operation was done before; it was not repeated.
    Repeated,
}
