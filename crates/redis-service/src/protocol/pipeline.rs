use super::{Command, RetryCategory};
use crate::{error::Result, protocol::slot};

/// Commands that travel together, in order.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    commands: Vec<Command>,
    atomic: bool,
}

impl Pipeline {
    /// No commands yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs the commands as one transaction (MULTI, EXEC): nothing else in between, and nothing at all if
    /// the server refuses one before it runs them.
    #[must_use]
    pub fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// Appends a command.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// The commands, in order.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    pub(crate) fn into_commands(self) -> Vec<Command> {
        self.commands
    }

    /// Whether they run as one transaction.
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        self.atomic
    }

    /// Where a cluster keeps its commands' keys; `None` if they have none.
    ///
    /// # Errors
    ///
    /// `Slot` if they are not all on one slot.
    pub fn slot(&self) -> Result<Option<u16>> {
        slot::of_all(self.commands.iter().flat_map(Command::keys))
    }

    /// The most harmful of its commands' categories.
    #[must_use]
    pub fn category(&self) -> RetryCategory {
        self.commands.iter().map(Command::category).max().unwrap_or(RetryCategory::ReadOnly)
    }

    /// How many replies the server sends for it.
    pub(crate) fn replies(&self) -> usize {
        self.commands.len() + if self.atomic { 2 } else { 0 }
    }

    /// How many bytes it has on the wire, but for a few.
    #[cfg(feature = "async")]
    pub(crate) fn size(&self) -> usize {
        self.commands.iter().map(Command::size).sum()
    }

    /// Appends the commands as they go over the wire.
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

impl FromIterator<Command> for Pipeline {
    fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
        Self { commands: commands.into_iter().collect(), atomic: false }
    }
}
