use super::operation::Subject;
use crate::{
    error::Result,
    protocol::{Command, RawPipeline, RetryCategory, ScriptCall},
};

/// What an operation sends.
#[derive(Debug)]
pub(crate) enum Request {
    /// Nothing: the result is known without Redis, such as the sum of no counters.
    Nothing,
    Command(Command),
    Script(ScriptCall),
    /// Commands that are applied together or not at all.
    Atomic(RawPipeline),
}

impl Request {
    /// Returns the retry category of the whole request.
    pub(crate) fn category(&self) -> RetryCategory {
        match self {
            Self::Nothing => RetryCategory::ReadOnly,
            Self::Command(command) => command.category(),
            Self::Script(call) => call.category(),
            Self::Atomic(pipeline) => pipeline.category(),
        }
    }

    /// Returns the cluster slot of its keys; `None` if it has none.
    ///
    /// # Errors
    ///
    /// `Slot` if the keys are not all on one slot.
    pub(crate) fn slot(&self) -> Result<Option<u16>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Command(command) => command.slot(),
            Self::Script(call) => call.slot(),
            Self::Atomic(pipeline) => pipeline.slot(),
        }
    }

    /// Returns the subject as Redis stores it.
    pub(crate) fn word(&self, subject: Subject) -> Option<&[u8]> {
        match self {
            Self::Command(command) => command.subject(subject),
            Self::Script(call) if subject == Subject::Key => call.keys().first().map(Vec::as_slice),
            _ => None,
        }
    }
}

impl Command {
    /// Returns the subject of an operation that consists of this command.
    pub(crate) fn subject(&self, subject: Subject) -> Option<&[u8]> {
        match subject {
            Subject::Key => self.keys().next(),
            Subject::Argument => self.words().nth(1),
            Subject::Nothing => None,
        }
    }
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}

impl From<ScriptCall> for Request {
    fn from(call: ScriptCall) -> Self {
        Self::Script(call)
    }
}

impl From<RawPipeline> for Request {
    fn from(pipeline: RawPipeline) -> Self {
        Self::Atomic(pipeline)
    }
}
