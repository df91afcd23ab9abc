use super::runtime::dual;
use crate::{Command, ConnectionStatus, Deadline, ErrorKind, Pipeline, Reply, Result, ScriptCall};

/// The seam between what this crate decides and the connections that carry it out.
///
/// Each call is one attempt: nothing below this trait sends anything twice. Every error says whether the
/// command was applied.
#[dual(AFIT)]
#[cfg_attr(test, mockall::automock)]
pub trait Execute: Send + Sync + 'static {
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

    /// Runs a script: by its hash, and once by its source if the server does not know it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn script(&self, call: &ScriptCall, deadline: Deadline) -> impl Future<Output = Result<Reply>> + Send;

    /// Has every connection replaced, once it has finished what it is doing.
    fn reconnect(&self);

    /// Has every connection replaced if the credentials have changed.
    fn refresh(&self);

    /// How the connections are.
    fn status(&self) -> ConnectionStatus;
}

/// What [`Execute::script`] does, for every link.
#[dual]
pub(crate) async fn run_script(link: &impl Execute, call: &ScriptCall, deadline: Deadline) -> Result<Reply> {
    let reply = match link.run(&call.by_hash(), deadline).await {
        Err(error) if error.kind() == ErrorKind::NoScript => link.run(&call.by_source(), deadline).await,
        settled => settled,
    };
    reply.map_err(|error| call.settle(error))
}
