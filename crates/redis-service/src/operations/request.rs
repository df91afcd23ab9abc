use super::operation::Subject;
use crate::{
    error::Result,
    protocol::{Command, Pipeline, RetryCategory, ScriptCall},
};

/// What an operation sends.
#[derive(Debug)]
pub(crate) enum Request {
    /// Nothing: what was asked for is known without Redis, as the sum of no counters is.
    Nothing,
    Command(Command),
    Script(ScriptCall),
    /// Commands that are done together or not at all.
    Atomic(Pipeline),
}

impl Request {
    /// What sending it twice would do.
    pub(crate) fn category(&self) -> RetryCategory {
        match self {
            Self::Nothing => RetryCategory::ReadOnly,
            Self::Command(command) => command.category(),
            Self::Script(call) => call.category(),
            Self::Atomic(pipeline) => pipeline.category(),
        }
    }

    /// Where a cluster keeps its keys; `None` if it has none.
    ///
    /// # Errors
    ///
    /// `Slot` if they are not all on one slot.
    pub(crate) fn slot(&self) -> Result<Option<u16>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Command(command) => command.slot(),
            Self::Script(call) => call.slot(),
            Self::Atomic(pipeline) => pipeline.slot(),
        }
    }

    /// What it is about, as Redis sees it.
    pub(crate) fn word(&self, subject: Subject) -> Option<&[u8]> {
        match self {
            Self::Command(command) => command.subject(subject),
            Self::Script(call) if subject == Subject::Key => call.keys().first().map(Vec::as_slice),
            _ => None,
        }
    }
}

impl Command {
    /// What an operation is about that is this command.
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

impl From<Pipeline> for Request {
    fn from(pipeline: Pipeline) -> Self {
        Self::Atomic(pipeline)
    }
}
