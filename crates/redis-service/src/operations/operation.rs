use super::{Read, Request, Scope};
use crate::error::{Error, Result};

/// One thing to ask of Redis: what it is called, what is sent, and how the reply is read.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is run or queued"]
pub(crate) struct Operation<T> {
    pub(crate) label: Label,
    pub(crate) request: Request,
    pub(crate) read: Read<T>,
}

/// An operation, or why its arguments make none. That error names operation and key already.
pub(crate) type Made<T> = Result<Operation<T>>;

impl<T> Operation<T> {
    pub(super) fn new(label: Label, request: Request, read: Read<T>) -> Self {
        Self { label, request, read }
    }

    /// The operation whose result is made of this one's.
    pub(crate) fn map<U>(self, into: impl FnOnce(T) -> U + Send + Sync + 'static) -> Operation<U>
    where
        T: 'static,
    {
        let Self { label, request, read } = self;
        Operation { label, request, read: read.map(into) }
    }
}

/// What the errors of an operation name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The method, as its caller wrote it.
    pub(crate) name: &'static str,
    pub(crate) subject: Subject,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Its first key.
    Key,
    /// The first argument, as a channel is.
    Argument,
    /// No single thing.
    Nothing,
}

impl Label {
    pub(crate) fn new(name: &'static str, subject: Subject) -> Self {
        Self { name, subject }
    }

    /// Names the operation and its subject, as the server knows it, in an error.
    pub(crate) fn blame(self, error: Error, subject: Option<&[u8]>, scope: Scope<'_>) -> Error {
        let error = error.during(self.name);
        match (subject, self.subject) {
            (Some(whole), Subject::Key) => error.on_key(scope.namespace.strip(whole).unwrap_or(whole)),
            (Some(argument), _) => error.on_key(argument),
            (None, _) => error,
        }
    }
}
