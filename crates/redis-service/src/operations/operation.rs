use super::{Read, Request, Scope};
use crate::error::{Error, Result};

/// One operation on Redis: its name, the request that it sends, and how the reply is read.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is run or queued"]
pub(crate) struct Operation<T> {
    pub(crate) label: Label,
    pub(crate) request: Request,
    pub(crate) read: Read<T>,
}

/// An operation, or the error of its invalid arguments. That error names operation and key already.
pub(crate) type OperationResult<T> = Result<Operation<T>>;

impl<T> Operation<T> {
    pub(super) fn new(label: Label, request: Request, read: Read<T>) -> Self {
        Self { label, request, read }
    }

    /// Converts the result of the operation.
    pub(crate) fn map<U>(self, into: impl FnOnce(T) -> U + Send + Sync + 'static) -> Operation<U>
    where
        T: 'static,
    {
        let Self { label, request, read } = self;
        Operation { label, request, read: read.map(into) }
    }
}

/// The names that the errors of an operation carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The method's name.
    pub(crate) name: &'static str,
    pub(crate) subject: Subject,
}

/// The subject of an operation, which its errors name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The operation's first key.
    Key,
    /// The first argument, such as a channel.
    Argument,
    /// No single subject.
    Nothing,
}

impl Label {
    pub(crate) fn new(name: &'static str, subject: Subject) -> Self {
        Self { name, subject }
    }

    /// Names the operation and its subject in an error. `subject` is as the server knows it.
    pub(crate) fn blame(self, error: Error, subject: Option<&[u8]>, scope: Scope<'_>) -> Error {
        let error = error.during(self.name);
        match (subject, self.subject) {
            (Some(whole), Subject::Key) => error.on_key(scope.namespace.strip(whole).unwrap_or(whole)),
            (Some(argument), _) => error.on_key(argument),
            (None, _) => error,
        }
    }
}
