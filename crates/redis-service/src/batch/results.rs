use std::fmt;

use super::{Batch, Handle, Handles};
use crate::{Error, Reply, Result, command::settle_script};

/// What is known of a command besides its words.
#[derive(Debug)]
pub(super) struct Entry {
    /// The method, as its caller wrote it.
    pub(super) operation: &'static str,
    /// Which of the words is the key that errors name.
    pub(super) key: Option<usize>,
    pub(super) is_script: bool,
}

/// The results of a [`Batch`], each to be taken once.
///
/// Errors that nobody takes, and nobody [checks](Self::check) for, are logged when this is dropped.
#[must_use = "each command has a result of its own; `check` tells whether one has failed"]
pub struct Results {
    batch: Batch,
    replies: Vec<Option<Result<Reply>>>,
    is_checked: bool,
}

impl Results {
    pub(super) fn new(batch: Batch, replies: Vec<Result<Reply>>) -> Self {
        Self { batch, replies: replies.into_iter().map(Some).collect(), is_checked: false }
    }

    /// The results for a handle, a tuple of handles or a list of them.
    ///
    /// # Errors
    ///
    /// That of the first of these commands to have failed, naming it and its key; the others of the tuple or
    /// list are lost then. `InvalidInput` for a handle of another batch.
    pub fn take<H: Handles>(&mut self, handles: H) -> Result<H::Values> {
        handles.take_from(self)
    }

    /// Whether all went well, as far as results are still here.
    ///
    /// # Errors
    ///
    /// That of the first command to have failed, among those whose results were not taken.
    pub fn check(&mut self) -> Result<()> {
        self.is_checked = true;
        self.failed().next().map_or(Ok(()), Err)
    }

    /// Whether any command did what it was to do.
    pub(crate) fn any_applied(&self) -> bool {
        self.replies.iter().any(|reply| matches!(reply, Some(Ok(_))))
    }

    pub(super) fn take_one<T>(&mut self, handle: &Handle<T>) -> Result<T> {
        let reply = self.replies.get_mut(handle.index).filter(|_| handle.batch == self.batch.id);
        let Some(reply) = reply.and_then(Option::take) else {
            return Err(Error::invalid_input("the handle is of another pipeline, or its result was taken"));
        };
        let result = reply.and_then(|reply| (handle.read)(reply, &self.batch.terms));
        result.map_err(|error| self.blame(handle.index, error))
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
        let error = if entry.is_script { settle_script(error) } else { error };
        let error = error.during(entry.operation);
        match entry.key.and_then(|word| command.words().nth(word)) {
            Some(whole) => error.on_key(self.batch.namespace.strip(whole).unwrap_or(whole)),
            None => error,
        }
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        let unseen = self.failed().filter(|_| !self.is_checked);
        for error in unseen {
            tracing::warn!(%error, "a command of a pipeline failed, and nobody took its result");
        }
    }
}

impl fmt::Debug for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.replies.iter().flatten().count();
        f.debug_struct("Results").field("left", &left).finish_non_exhaustive()
    }
}
