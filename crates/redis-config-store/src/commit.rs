use std::fmt;

use serde::Serialize;

use crate::{
    Entry, Error, ErrorKind, Expect, Result, Version,
    name::check_key,
    words::{Summary, Words},
};

/// Changes of one or many keys that happen together, under one revision, or not at all.
///
/// ```
/// use redis_config_store::{Commit, Expect};
///
/// let commit = Commit::new()
///     .put("limits", &100)?
///     .put_if("owner", "ops", Expect::Absent)?
///     .delete("old-limits")
///     .author("ops")
///     .message("twice the traffic since Monday");
/// # let _ = commit;
/// # Ok::<(), redis_config_store::Error>(())
/// ```
///
/// `Debug` shows no value.
#[derive(Clone, Default)]
#[must_use = "a commit does nothing until the store is given it"]
pub struct Commit {
    changes: Vec<Change>,
    author: Option<String>,
    message: String,
    operation: Option<String>,
    is_forced: bool,
}

#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) key: String,
    expect: Expect,
    /// `None`: delete.
    pub(crate) value: Option<Vec<u8>>,
    restores: u64,
}

impl Commit {
    /// A commit of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key a value, whatever it was.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded as JSON.
    pub fn put<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Result<Self> {
        self.put_if(key, value, Expect::Any)
    }

    /// Gives a key a value, if it is as expected; if not, nothing of the commit happens.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded as JSON.
    pub fn put_if<T: Serialize + ?Sized>(
        self,
        key: &str,
        value: &T,
        expect: impl Into<Expect>,
    ) -> Result<Self> {
        let value = encode(value).map_err(|error| error.on_key(key))?;
        Ok(self.put_bytes(key, value, expect))
    }

    /// Gives a key bytes, taken as they are. Whoever reads them as a type needs JSON.
    pub fn put_bytes(self, key: &str, value: impl Into<Vec<u8>>, expect: impl Into<Expect>) -> Self {
        self.change(key, Some(value.into()), expect.into(), 0)
    }

    /// Deletes a key, whatever it was.
    pub fn delete(self, key: &str) -> Self {
        self.delete_if(key, Expect::Any)
    }

    /// Deletes a key, if it is as expected; if not, nothing of the commit happens.
    pub fn delete_if(self, key: &str, expect: impl Into<Expect>) -> Self {
        self.change(key, None, expect.into(), 0)
    }

    /// Gives a key the value that a version of it had, as a new version, which says so; deletes it if that
    /// version is a deletion.
    pub fn restore(self, key: &str, entry: &Entry, expect: impl Into<Expect>) -> Self {
        let value = (!entry.is_deletion()).then(|| entry.bytes().to_vec());
        self.change(key, value, expect.into(), entry.version().number)
    }

    /// Says who makes it.
    pub fn author(self, author: impl Into<String>) -> Self {
        Self { author: Some(author.into()), ..self }
    }

    /// Says why.
    pub fn message(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Names the operation: of those with the same name, within the last 128 commits, only the first is done,
    /// and the others are answered as it was; also if it found everything as it says already, and so changed
    /// nothing, unless nothing was ever committed. Without a name each commit is one of its own, which the store
    /// may still send twice if the first answer is lost.
    ///
    /// If the log has been trimmed beyond the first meanwhile, nobody knows its versions: `TooOld`, and the
    /// outcome is `Applied`.
    pub fn operation(self, id: impl Into<String>) -> Self {
        Self { operation: Some(id.into()), ..self }
    }

    /// Makes a new version even of a value that is the same.
    pub fn forced(self) -> Self {
        Self { is_forced: true, ..self }
    }

    /// How many keys it changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn change(mut self, key: &str, value: Option<Vec<u8>>, expect: Expect, restores: u64) -> Self {
        self.changes.push(Change { key: key.to_owned(), expect, value, restores });
        self
    }

    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether a store would send it, without asking anybody; what its validators say is not part of that.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if there is nothing to do, or a key makes no sense or is there twice.
    pub fn check(&self) -> Result<()> {
        if self.changes.is_empty() {
            return Err(Error::invalid_input("the commit changes nothing"));
        }
        let mut keys: Vec<&str> = self.changes.iter().map(|change| &*change.key).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::invalid_input("the commit changes the key twice").on_key(twice[0]));
        }
        keys.into_iter().try_for_each(check_key)
    }

    /// The script's arguments. `operation` and `epoch` are used if the commit has no name, and if it is the
    /// first of all.
    pub(crate) fn arguments(&self, defaults: &Defaults<'_>) -> Vec<Vec<u8>> {
        let operation = self.operation.as_deref().unwrap_or(defaults.operation);
        let author = self.author.as_deref().unwrap_or(defaults.author);
        let history = defaults.history.to_string();
        let is_named = if self.operation.is_some() { "1" } else { "0" };
        let head = [operation, is_named, defaults.epoch, &history, author, &self.message];
        let mut arguments: Vec<Vec<u8>> = head.iter().map(|text| text.as_bytes().to_vec()).collect();
        for change in &self.changes {
            let kind = match (&change.value, self.is_forced || change.restores > 0) {
                (None, _) => "delete",
                (Some(_), true) => "force",
                (Some(_), false) => "put",
            };
            arguments.push(change.key.clone().into_bytes());
            arguments.push(change.expect.to_argument().into_bytes());
            arguments.push(kind.into());
            arguments.push(change.restores.to_string().into_bytes());
            arguments.push(change.value.clone().unwrap_or_default());
        }
        arguments
    }

    /// What the script answered.
    pub(crate) fn read(&self, words: Vec<Vec<u8>>) -> Result<Committed> {
        let mut words = Words::new(words);
        let effect = match &*words.text("the effect")? {
            "done" => Effect::Done,
            "unchanged" => Effect::Unchanged,
            "repeated" => Effect::Repeated,
            "trimmed" => {
                let revision = words.number("the revision")?;
                return Err(Error::trimmed(format!(
                    "was done as revision {revision}, which the log no longer has"
                )));
            }
            "conflict" => return Err(self.read_conflict(&mut words)?),
            "damaged" => {
                let what = words.text("what is damaged")?;
                return Err(Error::new(
                    ErrorKind::Integrity,
                    format!("the keys in Redis are damaged: {what}"),
                ));
            }
            "exhausted" => return Err(Error::invalid_input("there are no more versions than 2^53")),
            _ => return Err(Error::unexpected_reply("the effect")),
        };
        let epoch = words.text("the epoch")?;
        let revision = words.number("the revision")?;
        let time = words.number("the time")?;
        let mut versions = Vec::with_capacity(self.changes.len());
        for _ in &self.changes {
            versions.push(read_summary(&mut words)?.version);
        }
        Ok(Committed { epoch, revision, effect, versions, time })
    }

    fn read_conflict(&self, words: &mut Words) -> Result<Error> {
        let place = words.number("the place of a key")?;
        let change = usize::try_from(place).ok().and_then(|place| self.changes.get(place));
        let change = change.ok_or_else(|| Error::unexpected_reply("the place of a key"))?;
        let current = match Summary::parse(&words.text("a summary")?) {
            Some(summary) if summary.is_live => Some(summary.version),
            _ => None,
        };
        let message = match (change.expect, current) {
            (Expect::Absent, _) => "is there already".to_owned(),
            (_, Some(current)) => format!("has changed, and is now at version {}", current.number),
            (_, None) => "is not there".to_owned(),
        };
        Ok(Error::new(ErrorKind::Conflict, message).on_key(&change.key).with_current(current))
    }
}

fn read_summary(words: &mut Words) -> Result<Summary> {
    Summary::parse(&words.text("a summary")?).ok_or_else(|| Error::unexpected_reply("a summary"))
}

/// What a commit takes where it does not say otherwise.
pub(crate) struct Defaults<'a> {
    pub(crate) operation: &'a str,
    pub(crate) epoch: &'a str,
    pub(crate) author: &'a str,
    pub(crate) history: u64,
}

/// What a commit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// Which history of the namespace it is part of. A new one begins when everything was lost.
    pub epoch: String,
    /// The revision: its own, or, if nothing changed, that of the namespace.
    pub revision: u64,
    /// Whether it changed anything.
    pub effect: Effect,
    /// The version of each key, in the commit's order; a deleted key's is that of its deletion. One that the
    /// commit left as it was has the version that it has now.
    pub versions: Vec<Version>,
    /// When it was done, in milliseconds since 1970, by the server's clock.
    time: u64,
}

impl Committed {
    /// What each key is now, if this was done.
    pub(crate) fn entries(&self, commit: Commit, author: &str) -> Vec<(String, Entry)> {
        if self.effect != Effect::Done {
            return Vec::new();
        }
        let author = commit.author.unwrap_or_else(|| author.to_owned());
        let changed = commit.changes.into_iter().zip(&self.versions);
        // One that was as it says already has the revision of whoever made it so.
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
    /// It did.
    Done,
    /// Everything was as it says already.
    Unchanged,
    /// It had been done before, by the same operation; it was not done again.
    Repeated,
}

/// A value as it is stored.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    redis_service::extension::to_json(value).map_err(|message| Error::new(ErrorKind::Serialization, message))
}

impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.changes.iter().map(|change| &change.key).collect();
        f.debug_struct("Commit").field("keys", &keys).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_makes_no_sense_is_refused() {
        assert!(Commit::new().check().is_err());
        assert!(Commit::new().delete("").check().is_err());
        assert!(Commit::new().delete("#epoch").check().is_err());
        assert!(Commit::new().delete("a").put("a", &1).unwrap().check().is_err());
        assert!(Commit::new().delete("a").delete("b").check().is_ok());
    }

    #[test]
    fn arguments_are_six_and_five_for_each_key() {
        let commit = Commit::new().put("a", &1).unwrap().delete_if("b", Expect::Number(2)).author("ops");
        let defaults = Defaults { operation: "op", epoch: "e", author: "nobody", history: 9 };
        let arguments: Vec<_> =
            commit.arguments(&defaults).into_iter().map(|word| String::from_utf8(word).unwrap()).collect();
        assert_eq!(
            arguments,
            ["op", "0", "e", "9", "ops", "", "a", "*", "put", "0", "1", "b", "2", "delete", "0", ""]
        );
    }

    #[test]
    fn a_conflict_says_what_the_key_is_now() {
        let commit = Commit::new().put_if("a", &1, Expect::Absent).unwrap();
        let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let reply = ["conflict", "0", &format!("3 1 {digest} 8")].map(|word| word.as_bytes().to_vec());
        let error = commit.read(reply.to_vec()).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Conflict, Some("a")));
        assert_eq!(error.current().unwrap().number, 3);
        assert!(commit.read(vec![b"done".to_vec()]).is_err());
        assert!(commit.read(vec![]).is_err());
    }
}
