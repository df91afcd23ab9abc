use super::runtime::dual;
use crate::{
    error::Result,
    health::ConnectionStatus,
    protocol::{Command, Pipeline, Reply},
    resilience::Deadline,
};

/// The seam between what this crate decides and the connections that carry it out.
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
    /// Why there is no reply, or the error that the server answered with.
    fn run(&self, command: &Command, deadline: Deadline) -> impl Future<Output = Result<Reply>> + Send;

    /// Runs commands that travel together. Errors of single commands are in the list.
    ///
    /// # Errors
    ///
    /// Why there are no replies, or why the server refused the transaction.
    fn pipeline(
        &self,
        pipeline: &Pipeline,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Vec<Result<Reply>>>> + Send;

    /// Has every connection replaced, once it has finished what it is doing.
    fn reconnect(&self);

    /// A caller got a reply that its command cannot have. Ends every connection on which others might get the reply to
    /// another's command, with outcome `Unknown` for what is unanswered on it.
    fn out_of_step(&self);

    /// Has every connection replaced if the credentials have changed.
    fn refresh(&self);

    /// Drops every connection. Calls fail with `Closed` from now on.
    fn close(&self);

    /// How the connections are.
    fn status(&self) -> ConnectionStatus;
}
