use super::{Command, RetryCategory};
use crate::{error::Result, protocol::slot};

/// Raw commands that share one round trip, in order.
#[derive(Clone, Debug, Default)]
pub struct RawPipeline {
    commands: Vec<Command>,
    atomic: bool,
}

impl RawPipeline {
    /// A pipeline without commands.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs the commands as one transaction (MULTI, EXEC): no other client's command runs in between, and
    /// none of them runs if the server refuses one before it runs them.
    #[must_use]
    pub fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// Appends a command.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Returns the commands in order.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    pub(crate) fn into_commands(self) -> Vec<Command> {
        self.commands
    }

    /// Returns whether the commands run as one transaction.
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// Returns the cluster slot of the commands' keys; `None` if they have none.
    ///
    /// # Errors
    ///
    /// `Slot` if the keys are not all on one slot.
    pub fn slot(&self) -> Result<Option<u16>> {
        slot::of_all(self.commands.iter().flat_map(Command::keys))
    }

    /// Returns the most harmful of the commands' categories.
    #[must_use]
    pub fn category(&self) -> RetryCategory {
        self.commands.iter().map(Command::category).max().unwrap_or(RetryCategory::ReadOnly)
    }

    /// Returns the number of replies that the server sends.
    pub(crate) fn replies(&self) -> usize {
        self.commands.len() + if self.atomic { 2 } else { 0 }
    }

    /// Returns the approximate number of bytes on the wire.
    #[cfg(feature = "async")]
    pub(crate) fn size(&self) -> usize {
        self.commands.iter().map(Command::size).sum()
    }

    /// Appends the commands in their wire form.
    pub(crate) fn write_to(&self, wire: &mut Vec<u8>) {
        if self.atomic {
            Command::new("MULTI").write_to(wire);
        }
        for command in &self.commands {
            command.write_to(wire);
        }
        if self.atomic {
            Command::new("EXEC").write_to(wire);
        }
    }
}

impl FromIterator<Command> for RawPipeline {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        Self { commands: commands.into_iter().collect(), atomic: false }
    }
}
