use std::{fmt, sync::Arc};

use super::{
    super::Execute,
    driver::Driver,
    queue::{QueueSender, RequestQueue},
    request::{Expected, Response, ResponseFuture},
    shared::LinkState,
};
use crate::{
    error::{Error, ErrorKind, Result},
    health::ConnectionStatus,
    protocol::{Command, RawPipeline, Reply},
    resilience::Deadline,
    topology::Endpoint,
};

/// A queue in front of one connection that many callers share.
#[derive(Clone)]
pub(crate) struct Link {
    sender: Arc<QueueSender>,
    shared: Arc<LinkState>,
}

impl Link {
    /// Opens a link, and spawns the task that connects it. Must be called inside a tokio runtime.
    #[expect(clippy::unnecessary_wraps, reason = "that of the blocking API may fail")]
    pub(crate) fn open(endpoint: Arc<Endpoint>) -> Result<Self> {
        let queue = Arc::new(RequestQueue::default());
        let shared = Arc::new(LinkState::new(endpoint, Arc::clone(&queue)));
        tokio::spawn(Driver::new(Arc::clone(&shared)).run());
        Ok(Self { sender: Arc::new(QueueSender(queue)), shared })
    }

    /// # Errors
    ///
    /// `Closed` if the link was closed.
    fn check_open(&self) -> Result<()> {
        if self.shared.queue.is_closed() { Err(Error::closed()) } else { Ok(()) }
    }

    /// Queues commands, which `write` appends (`bytes` is a hint), with this number of replies. The future
    /// returns the replies, or the error that the time has run out, which the driver decides.
    fn call(
        &self,
        bytes: usize,
        expected: Expected,
        deadline: Deadline,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<ResponseFuture> {
        self.check_open()?;
        self.sender.0.push(bytes, expected, deadline.instant(), write).ok_or_else(Error::closed)
    }
}

impl Execute for Link {
    async fn run(&self, command: &Command, deadline: Deadline) -> Result<Reply> {
        let response = self.call(command.size(), Expected::one(command.reply_types()), deadline, |wire| {
            command.write_to(wire);
        })?;
        match response.await? {
            Response::One(value) => Reply::from_server(value),
            Response::Many(_) => Err(Error::unexpected_reply("one reply", "several")),
        }
    }

    async fn pipeline(&self, pipeline: &RawPipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        // No reply would arrive, and the next caller's would be taken for the answer.
        if pipeline.replies() == 0 {
            return Ok(Vec::new());
        }
        let write = |wire: &mut Vec<u8>| pipeline.write_to(wire);
        let response = self.call(pipeline.size(), Expected::many(pipeline.replies()), deadline, write)?;
        let values = match response.await? {
            Response::One(value) => vec![value],
            Response::Many(values) => values,
        };
        pipeline.parse_replies(values).inspect_err(|error| {
            if error.kind() == ErrorKind::Protocol {
                self.out_of_step();
            }
        })
    }

    fn reconnect(&self) {
        // Without a connection there is nothing to replace, and the next will be new anyway.
        if self.shared.is_connected() {
            self.shared.queue.request_reconnect();
        }
    }

    fn out_of_step(&self) {
        self.shared.queue.out_of_step();
    }

    fn refresh(&self) {
        if self.shared.endpoint.has_rotated() {
            self.reconnect();
        }
    }

    /// Ends the task and its connection. Calls in progress and all later ones fail with `Closed`.
    fn close(&self) {
        self.shared.queue.close();
    }

    fn status(&self) -> ConnectionStatus {
        ConnectionStatus {
            open: u32::from(self.shared.is_connected()),
            in_use: self.shared.in_flight_count(),
            limit: 1,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, config::ServiceConfig};

    #[tokio::test]
    async fn a_pipeline_without_commands_waits_for_nothing() {
        let nowhere = Endpoint::new("127.0.0.1", 1, Arc::new(ServiceConfig::default())).unwrap();
        let link = Link::open(Arc::new(nowhere)).unwrap();
        let deadline = Deadline::after(clock::now(), std::time::Duration::from_secs(60));
        let replies = link.pipeline(&RawPipeline::new(), deadline).await.unwrap();
        assert!(replies.is_empty());
    }
}
