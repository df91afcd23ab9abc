use super::{
    super::{runtime::dual, store::Store},
    Legacy,
};
use crate::{
    Adopted, Commit, Error, ErrorKind, Expect, Filter, Result, legacy::Look, name::check_key, version::Digest,
};

/// How many versions are read at a time.
const PAGE: u64 = 100;

#[dual]
impl Store {
    /// Takes over every key of an older layout, with its history: each version is a commit of its own, under the
    /// same number, with the bytes as they are. The time of a commit is now: the layout records none.
    ///
    /// Goes on where it was interrupted, and adds nothing when there is nothing new: call it again until the last
    /// service has moved. A key that was deleted in the older layout stays. The history that the store keeps
    /// ([`StoreOptions::history`](crate::StoreOptions::history)) must have room for all versions of all keys, or the
    /// first are trimmed.
    ///
    /// # Errors
    ///
    /// `Conflict`, naming the key, if the store has something else of it than the older layout has: somebody
    /// committed to it already, or the older history was trimmed or replaced. Others may have been taken over
    /// by then. As [`commit`](Self::commit), and [`Legacy::fetch`].
    pub async fn adopt(&self, legacy: &Legacy) -> Result<Adopted> {
        let mut adopted = Adopted::default();
        for key in legacy.names(&Filter::All).await? {
            if check_key(&key).is_err() {
                adopted.foreign.push(key);
                continue;
            }
            match legacy.look(&key, None).await? {
                Look::Foreign => adopted.foreign.push(key),
                Look::Value { .. } => {
                    adopted.keys += 1;
                    adopted.versions += self.adopt_key(legacy, &key).await?;
                }
                Look::None | Look::Same => {}
            }
        }
        Ok(adopted)
    }

    /// Commits what the older layout has of a key and the store has not; says how many versions that were.
    async fn adopt_key(&self, legacy: &Legacy, key: &str) -> Result<u64> {
        let base = legacy.page(key, (1, 1), 1, "digest").await?.first.saturating_sub(1);
        let (mut expect, mut held) = (Expect::Absent, 0);
        if let Some(entry) = self.shared.ask_for(key).await? {
            let version = entry.version();
            (expect, held) = (version.into(), version.number);
            let at = base.saturating_add(held);
            let theirs = legacy.page(key, (at, at), 1, "digest").await?.versions()?;
            if entry.is_deletion() || theirs.first().map(|theirs| theirs.digest) != Some(version.digest) {
                let message = "is something else here than in the older layout";
                let error = Error::new(ErrorKind::Conflict, message).on_key(key);
                return Err(error.with_current((!entry.is_deletion()).then_some(version)));
            }
        }
        let first = held;
        loop {
            let next = base.saturating_add(held).saturating_add(1);
            let page = legacy.page(key, (next, next.saturating_add(PAGE - 1)), PAGE, "value").await?;
            if page.items.is_empty() {
                return Ok(held - first);
            }
            for (number, value) in page.numbered() {
                let operation = format!("legacy:{key}:{number}:{}", Digest::of(&value));
                let commit = Commit::new().put_bytes(key, value, expect).forced().operation(operation);
                let commit = commit.message(format!("version {number} of the older layout"));
                let version = self.commit_one(commit).await?;
                (expect, held) = (version.into(), version.number);
            }
        }
    }
}
