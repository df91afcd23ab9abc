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

    /// Returns the group of a stream that the request is about, if the operation is one on a group.
    pub(crate) fn group(&self, operation: &str) -> Option<&[u8]> {
        match self {
            Self::Command(command) => command.group(operation),
            // Their scripts have the group as the first argument.
            Self::Script(call) if operation.starts_with(ON_GROUPS) => {
                call.arguments().first().map(Vec::as_slice)
            }
            _ => None,
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

impl Command {
    /// As [`Request::group`].
    pub(crate) fn group(&self, operation: &str) -> Option<&[u8]> {
        if !operation.starts_with(ON_GROUPS) {
            return None;
        }
        let place = match self.name() {
            "XGROUP CREATE" | "XGROUP DESTROY" | "XGROUP DELCONSUMER" | "XINFO CONSUMERS" => 3,
            "XACK" | "XAUTOCLAIM" | "XPENDING" | "XREADGROUP" => 2,
            // The script, the number of its keys, two keys, the group.
            "EVAL" | "EVALSHA" => 5,
            _ => return None,
        };
        self.words().nth(place)
    }
}

/// How the names of the operations on groups of streams begin.
const ON_GROUPS: &str = "stream_group.";

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
