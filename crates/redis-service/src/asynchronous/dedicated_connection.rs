use std::fmt;

use redis::Value;
use tokio::time::timeout_at;

use super::{connect, runtime::CancellationToken, transport::Transport};
use crate::{
    clock,
    error::{Error, ErrorKind, Result, Stage, classify},
    resilience::Deadline,
    topology::Endpoint,
};

/// A connection of one caller's own. Any failure, and any dropped future, breaks it for good.
pub(crate) struct DedicatedConnection(Option<Transport>);

impl DedicatedConnection {
    /// A connection that has not been opened yet.
    pub(crate) fn unopened() -> Self {
        Self(None)
    }

    pub(crate) async fn open(endpoint: &Endpoint, deadline: Deadline) -> Result<Self> {
        if deadline.has_passed(clock::now()) {
            return Err(Deadline::passed());
        }
        match timeout_at(deadline.instant().into(), connect::open(endpoint)).await {
            Ok(opened) => Ok(Self(Some(opened?))),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "no connection in time")),
        }
    }

    /// Sends commands and waits for their replies, one for each.
    pub(crate) async fn exchange(
        &mut self,
        wire: Vec<u8>,
        replies: usize,
        deadline: Deadline,
    ) -> Result<Vec<Value>> {
        if deadline.has_passed(clock::now()) {
            return Err(Deadline::passed());
        }
        // Taken out, so that a future that is dropped half-way leaves no replies behind to be misread.
        let Some(mut transport) = self.0.take() else { return Err(broken()) };
        let exchanged = converse(&mut transport, &wire, replies);
        match timeout_at(deadline.instant().into(), exchanged).await {
            Ok(values) => {
                let values = values?;
                self.0 = Some(transport);
                Ok(values)
            }
            Err(_) => {
                let error = Error::new(ErrorKind::Timeout, "no answer in time");
                Err(error.with_outcome(Stage::Sent.outcome()))
            }
        }
    }

    /// Sends bytes without waiting for an answer.
    pub(crate) async fn send(&mut self, wire: Vec<u8>, deadline: Deadline) -> Result<()> {
        let Some(mut transport) = self.0.take() else { return Err(broken()) };
        match timeout_at(deadline.instant().into(), transport.send(&wire)).await {
            Ok(sent) => sent?,
            Err(_) => return Err(Error::new(ErrorKind::Timeout, "nothing could be sent in time")),
        }
        self.0 = Some(transport);
        Ok(())
    }

    /// Returns what the server sends next; `None` if it sends nothing until the deadline, or `stop` is
    /// cancelled first.
    pub(crate) async fn next(
        &mut self,
        deadline: Deadline,
        stop: &CancellationToken,
    ) -> Result<Option<Value>> {
        let Some(transport) = &mut self.0 else { return Err(broken()) };
        let received = tokio::select! {
            () = stop.cancelled() => return Ok(None),
            received = timeout_at(deadline.instant().into(), transport.receive()) => received,
        };
        match received {
            Ok(Ok(value)) => Ok(Some(value)),
            // The parser keeps its part of an unfinished message.
            Err(_) => Ok(None),
            Ok(Err(error)) => {
                self.0 = None;
                Err(classify(&error, Stage::Sent))
            }
        }
    }

    /// Lets a cancellation end [`next`](Self::next), which notices it without help.
    pub(crate) fn cancel_with(&self, _: &CancellationToken) {}

    /// Drops the connection: it must not be used again.
    pub(crate) fn break_off(&mut self) {
        self.0 = None;
    }
}

async fn converse(transport: &mut Transport, wire: &[u8], replies: usize) -> Result<Vec<Value>> {
    transport.send(wire).await?;
    let mut values = Vec::with_capacity(replies);
    for _ in 0..replies {
        values.push(transport.receive().await.map_err(|error| classify(&error, Stage::Sent))?);
    }
    Ok(values)
}

impl fmt::Debug for DedicatedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DedicatedConnection").field("is_open", &self.0.is_some()).finish_non_exhaustive()
    }
}

fn broken() -> Error {
    Error::new(ErrorKind::Connection, "the dedicated connection broke; open another")
}
