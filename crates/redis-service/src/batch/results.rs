use std::fmt;

use super::{Batch, BatchHandle, BatchHandles};
use crate::{
    error::{Error, Origin, Result},
    operations::{Label, ReplyContext},
    protocol::Reply,
};

/// What is known of a command besides its words.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) label: Label,
    /// What its error may come from.
    pub(super) origin: Origin,
}

/// The results of a [`Batch`], each of which can be taken once.
///
/// If this is dropped with errors that were neither taken nor [checked](Self::check) for, they are logged.
///
#[cfg_attr(feature = "blocking", doc = "In the blocking API:\n")]
#[cfg_attr(feature = "blocking", doc = include_str!("../blocking/examples/results.md"))]
#[cfg_attr(feature = "async", doc = "\nIn the async API:\n")]
#[cfg_attr(feature = "async", doc = include_str!("../asynchronous/examples/results.md"))]
#[must_use = "each command has a result of its own; `check` reports whether one has failed"]
pub struct BatchResults {
    batch: Batch,
    replies: Vec<Option<Result<Reply>>>,
    is_checked: bool,
}

impl BatchResults {
    pub(super) fn new(batch: Batch, replies: Vec<Result<Reply>>) -> Self {
        Self { batch, replies: replies.into_iter().map(Some).collect(), is_checked: false }
    }

    /// Takes the results of a handle, a tuple of handles or a list of them.
    ///
    /// # Errors
    ///
    /// The error of the first of these commands to have failed, naming the command and its key; the other
    /// results of the tuple or list are lost then. `InvalidInput` for a handle of another batch.
    pub fn take<H: BatchHandles>(&mut self, handles: H) -> Result<H::Values> {
        handles.take_from(self)
    }

    /// Checks that no command has failed, among those whose results were not taken.
    ///
    /// # Errors
    ///
    /// The error of the first failed command among those whose results were not taken.
    pub fn check(&mut self) -> Result<()> {
        self.is_checked = true;
        self.failed().next().map_or(Ok(()), Err)
    }

    /// Returns whether any command was applied.
    pub(crate) fn any_applied(&self) -> bool {
        self.replies.iter().any(|reply| matches!(reply, Some(Ok(_))))
    }

    pub(super) fn take_one<T>(&mut self, handle: BatchHandle<T>) -> Result<T> {
        let BatchHandle { batch, place, read } = handle;
        let replies = self.replies.get_mut(place.clone()).filter(|_| batch == self.batch.id);
        let (Some(replies), Some(read)) = (replies, read) else { return Err(foreign()) };
        let (mut last, mut failed) = (Reply::nil(), None);
        // All of them, even after one that failed: their results are taken.
        for (index, reply) in place.clone().zip(replies.iter_mut()) {
            match reply.take() {
                Some(Ok(reply)) => last = reply,
                Some(Err(error)) => failed = failed.or(Some((index, error))),
                None => return Err(foreign()),
            }
        }
        if let Some((index, error)) = failed {
            return Err(self.blame(index, error));
        }
        let Some(index) = place.last() else { return read.read(last, &self.asked(None)) };
        read.read(last, &self.asked(Some(index))).map_err(|error| self.blame(index, error))
    }

    fn asked(&self, index: Option<usize>) -> ReplyContext<'_> {
        let entry = index.and_then(|index| self.batch.entries.get(index));
        ReplyContext {
            name: entry.map_or("pipeline", |entry| entry.label.name),
            scope: self.batch.scope(),
            command: index.and_then(|index| self.batch.pipeline.commands().get(index)),
        }
    }

    fn failed(&self) -> impl Iterator<Item = Error> {
        let error = |(index, reply): (usize, &Option<Result<Reply>>)| {
            let error = reply.as_ref()?.as_ref().err()?.clone();
            Some(self.blame(index, error))
        };
        self.replies.iter().enumerate().filter_map(error)
    }

    /// Names the command and its key in its error.
    fn blame(&self, index: usize, error: Error) -> Error {
        let (Some(entry), Some(command)) =
            (self.batch.entries.get(index), self.batch.pipeline.commands().get(index))
        else {
            return error;
        };
        let error = entry.origin.refine(error).in_group_of_stream(|| command.group(entry.label.name));
        entry.label.blame(error, command.subject(entry.label.subject), self.batch.scope())
    }
}

fn foreign() -> Error {
    Error::invalid_input("the handle belongs to another batch, or its result was already taken")
}

impl Drop for BatchResults {
    fn drop(&mut self) {
        let unseen = self.failed().filter(|_| !self.is_checked);
        for error in unseen {
            tracing::warn!(%error, "a command of a batch failed, and its result was not taken");
        }
    }
}

impl fmt::Debug for BatchResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.replies.iter().flatten().count();
        f.debug_struct("BatchResults").field("left", &left).finish_non_exhaustive()
    }
}
