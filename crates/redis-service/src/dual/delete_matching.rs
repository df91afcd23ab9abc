use super::{Execute, Service, client::Client, runtime::dual};
use crate::{
    error::{Error, Outcome, Result},
    operations::bulk::CHUNK,
    protocol::{Command, RawPipeline, Reply},
    scan::{Cursor, DeleteProgress},
    values::Pattern,
};

/// Deletion of keys by pattern.
#[dual]
impl Service {
    /// Deletes the keys that match `pattern` below the namespace, and returns how many Redis deleted. Keys
    /// that are written while it runs may stay.
    ///
    /// It works page by page, for as long as that takes; the deadline is each page's. If a reply is lost, it
    /// requests the page again, and does not count what the first request deleted.
    ///
    /// Commands: `SCAN`, over 1000 keys at a time, and `UNLINK` of those that match. Never `KEYS`.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply; some keys may be deleted by then. `InvalidInput` if
    /// the namespace is invalid.
    ///
    /// # Cancellation safety
    ///
    /// In the async API, dropping the future stops the deletion after the current page.
    #[doc(alias = "SCAN")]
    #[doc(alias = "UNLINK")]
    pub async fn delete_matching(&self, pattern: impl Into<Pattern> + Send) -> Result<u64> {
        self.client.delete_pages("delete_matching", &pattern.into(), ignore).await
    }

    /// As [`delete_matching`](Self::delete_matching), and calls `progress` after each page.
    ///
    /// # Errors
    ///
    /// As [`delete_matching`](Self::delete_matching).
    #[doc(alias = "SCAN")]
    #[doc(alias = "UNLINK")]
    pub async fn delete_matching_with(
        &self,
        pattern: impl Into<Pattern> + Send,
        progress: impl FnMut(DeleteProgress) + Send,
    ) -> Result<u64> {
        self.client.delete_pages("delete_matching_with", &pattern.into(), progress).await
    }

    /// Deletes every key of this handle's namespace, and of the namespaces below it, as
    /// [`delete_matching`](Self::delete_matching) does. Returns how many keys Redis deleted.
    ///
    /// # Errors
    ///
    /// As [`delete_matching`](Self::delete_matching); `InvalidInput` if the handle has no namespace: that
    /// would empty the database.
    #[doc(alias = "SCAN")]
    #[doc(alias = "UNLINK")]
    pub async fn purge(&self) -> Result<u64> {
        if self.root().prefix().is_empty() {
            let message = "a handle without a namespace would purge the whole database";
            return Err(Error::invalid_input(message).during("purge"));
        }
        self.client.delete_pages("purge", &Pattern::new("*"), ignore).await
    }
}

#[dual]
impl<L: Execute> Client<L> {
    /// Deletes page by page, and reports each page.
    pub(super) async fn delete_pages(
        &self,
        operation: &'static str,
        pattern: &Pattern,
        mut report: impl FnMut(DeleteProgress) + Send,
    ) -> Result<u64> {
        let glob = self.namespace.pattern(pattern).map_err(|error| error.during(operation))?;
        let mut cursor = Some(Cursor::new(glob));
        let mut progress = DeleteProgress::default();
        let mut page = Vec::new();
        while cursor.is_some() || !page.is_empty() {
            let step = self.step(cursor, &page).await;
            let (deleted, found, next) =
                step.map_err(|error| with_progress_outcome(error, progress).during(operation))?;
            progress.deleted += deleted;
            progress.found += found.len() as u64;
            if !page.is_empty() {
                report(progress);
            }
            (page, cursor) = (found, next);
        }
        Ok(progress.deleted)
    }

    /// Deletes one page and fetches the next in one round trip.
    async fn step(
        &self,
        cursor: Option<Cursor>,
        page: &[Vec<u8>],
    ) -> Result<(u64, Vec<Vec<u8>>, Option<Cursor>)> {
        let unlink = |keys: &[Vec<u8>]| keys.iter().fold(Command::new("UNLINK"), Command::key);
        let deletions = page.chunks(CHUNK).map(unlink);
        let together: RawPipeline = deletions.chain(cursor.as_ref().map(Cursor::command)).collect();
        let mut replies = self.engine.call(self.call_options(), &together).await?.into_iter();
        let mut deleted = 0;
        for _ in page.chunks(CHUNK) {
            deleted += next(&mut replies)?.into_count()?;
        }
        match cursor {
            Some(cursor) => {
                let (found, cursor) = cursor.read(next(&mut replies)?)?;
                Ok((deleted, found, cursor))
            }
            None => Ok((deleted, Vec::new(), None)),
        }
    }
}

fn next(replies: &mut impl Iterator<Item = Result<Reply>>) -> Result<Reply> {
    replies.next().unwrap_or_else(|| Err(Error::unexpected_reply("a reply to each command", "fewer")))
}

fn ignore(_: DeleteProgress) {}

/// Marks an error in the middle: a step that was not applied does not undo the earlier ones.
fn with_progress_outcome(error: Error, progress: DeleteProgress) -> Error {
    if progress.deleted > 0 && error.is_not_applied() { error.with_outcome(Outcome::Unknown) } else { error }
}
