//! Changes that happen together, and their result.

mod committed;
mod reply;

use std::fmt;

use serde::Serialize;

pub use self::committed::{Committed, Effect};
use crate::{
    error::{Result, StoreError, StoreErrorKind},
    protocol::check_key,
    read::Entry,
    version::Expect,
};

/// Changes of one or many keys, which happen together under one revision, or not at all.
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
/// # Ok::<(), redis_config_store::StoreError>(())
/// ```
///
/// `Debug` shows no value.
#[derive(Clone, Default)]
#[must_use = "a commit does nothing until a store commits it"]
pub struct Commit {
    changes: Vec<KeyWrite>,
    author: Option<String>,
    message: String,
    operation: Option<String>,
    is_forced: bool,
}

impl Commit {
    /// A commit without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    ///
    /// `Serialization` if the value cannot be encoded as JSON.
    pub fn put<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Result<Self> {
        self.put_if(key, value, Expect::Any)
    }

    /// Sets the value of a key if the key is as expected; if it is not, nothing of the commit happens.
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

    /// Sets the value of a key to bytes, unchanged. To be read as a type, they must be JSON.
    pub fn put_bytes(self, key: &str, value: impl Into<Vec<u8>>, expect: impl Into<Expect>) -> Self {
        self.change(key, Some(value.into()), expect.into(), 0)
    }

    /// Deletes a key.
    pub fn delete(self, key: &str) -> Self {
        self.delete_if(key, Expect::Any)
    }

    /// Deletes a key if it is as expected; if it is not, nothing of the commit happens.
    pub fn delete_if(self, key: &str, expect: impl Into<Expect>) -> Self {
        self.change(key, None, expect.into(), 0)
    }

    /// Sets the value of a key to that of an earlier version, as a new version which records that; deletes the key if
    /// that version is a deletion.
    pub fn restore(self, key: &str, entry: &Entry, expect: impl Into<Expect>) -> Self {
        let value = (!entry.is_deletion()).then(|| entry.bytes().to_vec());
        self.change(key, value, expect.into(), entry.version().number)
    }

    /// Names the author.
    pub fn author(self, author: impl Into<String>) -> Self {
        Self { author: Some(author.into()), ..self }
    }

    /// States the reason.
    pub fn message(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// Names the operation, which makes the commit idempotent: of the commits with the same name among the last 128,
    /// only the first is done, and the others return its result. That includes a commit that changed nothing because
    /// the values were the same already, unless nothing was ever committed. A commit without a name is an operation of
    /// its own, which the store may still send twice if the first answer is lost.
    ///
    /// A name must not be empty, and stands for one commit: the same keys, with the same values. If it was used for
    /// another one, the commit is refused as `InvalidInput`. Authors, reasons and expectations may differ.
    ///
    /// If the log was trimmed beyond the first commit, its versions are no longer known: the error is `TooOld`, and its
    /// outcome `Applied`.
    pub fn operation(self, id: impl Into<String>) -> Self {
        Self { operation: Some(id.into()), ..self }
    }

    /// Makes a new version even if the value is the same.
    pub fn forced(self) -> Self {
        Self { is_forced: true, ..self }
    }

    /// The number of keys that it changes.
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
        self.changes.push(KeyWrite { key: key.to_owned(), expect, value, restores });
        self
    }

    pub(crate) fn changes(&self) -> &[KeyWrite] {
        &self.changes
    }

    /// Checks whether a store would send it. Sends nothing, and calls no validator.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it changes nothing, a key is invalid or occurs twice, or the operation's name is empty.
    pub fn check(&self) -> Result<()> {
        if self.operation.as_ref().is_some_and(String::is_empty) {
            return Err(StoreError::invalid_input("the name of the operation is empty"));
        }
        if self.changes.is_empty() {
            return Err(StoreError::invalid_input("the commit changes nothing"));
        }
        let mut keys: Vec<&str> = self.changes.iter().map(|change| &*change.key).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(StoreError::invalid_input("the commit changes the key twice").on_key(twice[0]));
        }
        keys.into_iter().try_for_each(check_key)
    }

    /// The script's arguments. The operation of `defaults` is used if the commit has no name; its epoch, if it is the
    /// first commit of the namespace.
    pub(crate) fn arguments(&self, defaults: &Defaults<'_>) -> Vec<Vec<u8>> {
        let operation = self.operation.as_deref().unwrap_or(defaults.operation);
        let author = self.author.as_deref().unwrap_or(defaults.author);
        let history = defaults.history.to_string();
        let digest = if self.operation.is_some() { self.digest() } else { String::new() };
        let head = [operation, &digest, defaults.epoch, &history, author, &self.message];
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

    /// Identifies the keys and their values, in any order.
    fn digest(&self) -> String {
        let mut changes: Vec<_> = self.changes.iter().collect();
        changes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let mut digest = sha1_smol::Sha1::new();
        for KeyWrite { key, value, .. } in changes {
            let length = value.as_ref().map_or("-".to_owned(), |value| value.len().to_string());
            digest.update(format!("{} {length} {key}", key.len()).as_bytes());
            digest.update(value.as_deref().unwrap_or_default());
        }
        let mut digest = digest.hexdigest();
        digest.truncate(DIGEST);
        digest
    }
}

/// The number of digits by which the script recognizes a commit. It keeps as many of the operation.
const DIGEST: usize = 16;

/// A change of one key.
#[derive(Clone)]
pub(crate) struct KeyWrite {
    pub(crate) key: String,
    expect: Expect,
    /// `None`: delete.
    pub(crate) value: Option<Vec<u8>>,
    /// The version that it restores; 0 if none.
    restores: u64,
}

/// What a store adds to a commit that does not say otherwise.
pub(crate) struct Defaults<'a> {
    pub(crate) operation: &'a str,
    pub(crate) epoch: &'a str,
    pub(crate) author: &'a str,
    pub(crate) history: u64,
}

/// Encodes a value as it is stored.
///
/// # Errors
///
/// `Serialization` if it cannot be encoded as JSON, or could not be read again.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    redis_service::extension::to_json(value)
        .map_err(|message| StoreError::new(StoreErrorKind::Serialization, message))
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
    fn an_invalid_commit_is_refused() {
        assert!(Commit::new().check().is_err());
        assert!(Commit::new().delete("").check().is_err());
        assert!(Commit::new().delete("#epoch").check().is_err());
        assert!(Commit::new().delete("a").put("a", &1).unwrap().check().is_err());
        assert!(Commit::new().delete("a").operation("").check().is_err());
        assert!(Commit::new().delete("a").delete("b").operation(" ").check().is_ok());
    }

    #[test]
    fn a_named_commit_is_identified_by_keys_and_values_in_any_order() {
        let digest = |commit: Commit| commit.digest();
        let commit = || Commit::new().put_bytes("a", "1", Expect::Any).delete("b");
        let same = Commit::new().delete("b").put_bytes("a", "1", Expect::Absent).author("ops").forced();
        assert_eq!((digest(commit()), digest(commit()).len()), (digest(same), 16));
        let others = [
            Commit::new().put_bytes("a", "1", Expect::Any),
            Commit::new().put_bytes("a", "2", Expect::Any).delete("b"),
            Commit::new().put_bytes("a", "1", Expect::Any).put_bytes("b", "", Expect::Any),
            Commit::new().put_bytes("a", "", Expect::Any).delete("1b"),
        ];
        for other in others {
            assert_ne!(digest(commit()), digest(other));
        }
        let defaults = Defaults { operation: "op", epoch: "e", author: "", history: 9 };
        let arguments = commit().operation("move").arguments(&defaults);
        assert_eq!(arguments[..2], [b"move".to_vec(), digest(commit()).into_bytes()]);
    }

    #[test]
    fn arguments_are_six_and_five_per_key() {
        let commit = Commit::new().put("a", &1).unwrap().delete_if("b", Expect::Number(2)).author("ops");
        let defaults = Defaults { operation: "op", epoch: "e", author: "default", history: 9 };
        let arguments: Vec<_> =
            commit.arguments(&defaults).into_iter().map(|word| String::from_utf8(word).unwrap()).collect();
        assert_eq!(
            arguments,
            ["op", "", "e", "9", "ops", "", "a", "*", "put", "0", "1", "b", "2", "delete", "0", ""]
        );
    }
}
