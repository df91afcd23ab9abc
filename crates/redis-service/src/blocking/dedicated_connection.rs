use std::fmt;

use redis::Value;

use super::{connection::Connection, runtime::CancellationToken};
use crate::{
    clock,
    error::{Error, ErrorKind, Result},
    resilience::Deadline,
    topology::Endpoint,
};

/// A connection of one caller's own. Any failure breaks it for good.
pub(crate) struct DedicatedConnection(Option<Connection>);

impl DedicatedConnection {
    /// A connection that has not been opened yet.
    pub(crate) fn unopened() -> Self {
        Self(None)
    }

    pub(crate) fn open(endpoint: &Endpoint, deadline: Deadline) -> Result<Self> {
        if deadline.has_passed(clock::now()) {
            return Err(Deadline::passed());
        }
        Connection::open(endpoint, deadline).map(|connection| Self(Some(connection)))
    }

    /// Sends commands and waits for their replies, one for each.
    pub(crate) fn exchange(
        &mut self,
        wire: Vec<u8>,
        replies: usize,
        deadline: Deadline,
    ) -> Result<Vec<Value>> {
        if deadline.has_passed(clock::now()) {
            return Err(Deadline::passed());
        }
        let mut connection = self.take()?;
        connection.send(deadline, |buffer| *buffer = wire)?;
        let values = connection.receive_many(replies, deadline)?;
        self.0 = Some(connection);
        Ok(values)
    }

    /// # Errors
    ///
    /// `Connection` if it broke, or belongs to the process that this one was forked from.
    fn take(&mut self) -> Result<Connection> {
        self.0.take().filter(|connection| !connection.is_of_another_process()).ok_or_else(broken)
    }

    #[cfg(test)]
    pub(super) fn of(connection: Connection) -> Self {
        Self(Some(connection))
    }

    /// Sends bytes without waiting for an answer.
    pub(crate) fn send(&mut self, wire: Vec<u8>, deadline: Deadline) -> Result<()> {
        let mut connection = self.take()?;
        connection.send(deadline, |buffer| *buffer = wire)?;
        self.0 = Some(connection);
        Ok(())
    }

    /// Returns what the server sends next; `None` if it sends nothing until the deadline, or `stop` is
    /// cancelled first.
    pub(crate) fn next(&mut self, deadline: Deadline, stop: &CancellationToken) -> Result<Option<Value>> {
        let Some(connection) = &mut self.0 else { return Err(broken()) };
        if stop.is_cancelled() {
            return Ok(None);
        }
        match connection.receive(deadline) {
            Ok(value) => Ok(Some(value)),
            // The parser keeps its part of an unfinished message.
            Err(error) if error.kind() == ErrorKind::Timeout => Ok(None),
            // A cancellation shuts the socket down, which reads as its end.
            Err(_) if stop.is_cancelled() => Ok(None),
            Err(error) => {
                self.0 = None;
                Err(error)
            }
        }
    }

    /// Lets a cancellation end [`next`](Self::next), which notices only what happens on its socket.
    pub(crate) fn cancel_with(&self, stop: &CancellationToken) {
        stop.interrupts(self.0.as_ref().and_then(|connection| connection.handle().ok()));
    }

    /// Drops the connection: it must not be used again.
    pub(crate) fn break_off(&mut self) {
        self.0 = None;
    }
}

impl fmt::Debug for DedicatedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DedicatedConnection").field("is_open", &self.0.is_some()).finish_non_exhaustive()
    }
}

fn broken() -> Error {
    Error::new(ErrorKind::Connection, "the dedicated connection broke; open another")
}
