use super::runtime::dual;
use crate::{
    error::Result,
    health::ConnectionStatus,
    protocol::{Command, RawPipeline, Reply},
    resilience::Deadline,
};

/// The seam between this crate's decisions and the connections that carry them out.
///
/// Each call is one attempt: nothing below this trait sends anything twice. Every error says whether the
/// command was applied.
#[dual(AFIT)]
#[cfg_attr(test, mockall::automock)]
pub(crate) trait Execute: Send + Sync + 'static {
    /// Runs one command.
    ///
    /// # Errors
    ///
    /// The reason why there is no reply, or the server's error.
    fn run(&self, command: &Command, deadline: Deadline) -> impl Future<Output = Result<Reply>> + Send;

    /// Runs commands in one round trip. Errors of single commands are in the list.
    ///
    /// # Errors
    ///
    /// The reason why there are no replies, or why the server refused the transaction.
    fn pipeline(
        &self,
        pipeline: &RawPipeline,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Vec<Result<Reply>>>> + Send;

    /// Replaces every connection, once it has finished its current work.
    fn reconnect(&self);

    /// Ends every connection on which callers might get replies to other commands, since a caller got a reply
    /// that its command cannot have. Unanswered commands on them fail with outcome `Unknown`.
    fn out_of_step(&self);

    /// Replaces every connection if the credentials have changed.
    fn refresh(&self);

    /// Drops every connection. Later calls fail with `Closed`.
    fn close(&self);

    /// Returns the state of the connections.
    fn status(&self) -> ConnectionStatus;
}
