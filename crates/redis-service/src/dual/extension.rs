use std::sync::Arc;

use super::{
    Service,
    engine::CallOptions,
    runtime::{ListenerHandle, Task, dual},
};
use crate::{
    error::{Error, Result},
    protocol::{Command, Pipeline, Reply, ScriptCall},
    pubsub::{RawEvent, Subscribe},
};

/// A service, as sibling crates see it.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a>(&'a Service);

impl Service {
    /// What sibling crates stand on.
    #[doc(hidden)]
    #[must_use]
    pub fn extension(&self) -> Extension<'_> {
        Extension(self)
    }
}

impl Extension<'_> {
    /// The value of this type that is kept with the service, shared by all of its handles. `make` makes it if there
    /// is none yet; it may be called in vain.
    pub fn slot<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.0.client.engine.slots.get_or_insert_with(make)
    }

    /// Runs a task in the background where the service's own tasks run: on the runtime that it was connected on,
    /// whichever this is called on, or on a thread.
    pub fn spawn(&self, task: impl Task) {
        self.0.client.engine.background.spawn(task);
    }
}

#[dual]
impl Extension<'_> {
    /// Runs a command once, whatever the breaker says.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering, or its error.
    pub async fn run_past_breaker(&self, command: &Command) -> Result<Reply> {
        let client = &self.0.client;
        let ran = client.engine.call(CallOptions::past_breaker(client.deadline), command).await;
        ran.map_err(|error| error.during(command.name()))
    }

    /// Runs scripts, each by its hash, together in one round trip, and in a second one by their source those that the
    /// server does not know: it does not run them in their places then. What single scripts fail with is in the list.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn run_scripts(&self, calls: &[ScriptCall]) -> Result<Vec<Result<Reply>>> {
        let client = &self.0.client;
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let by_hash: Pipeline = calls.iter().map(ScriptCall::by_hash).collect();
        let mut replies = client.engine.call(client.call_options(), &by_hash).await?;
        let unknown: Vec<_> = (0..replies.len()).filter(|index| is_unknown(&replies[*index])).collect();
        if !unknown.is_empty() {
            let by_source: Pipeline = unknown.iter().map(|index| calls[*index].by_source()).collect();
            match client.engine.call(client.call_options(), &by_source).await {
                Ok(again) => unknown.into_iter().zip(again).for_each(|(index, reply)| replies[index] = reply),
                // The others have run: that is not to be lost.
                Err(error) if unknown.len() < replies.len() => {
                    unknown.into_iter().for_each(|index| replies[index] = Err(error.clone()));
                }
                Err(error) => return Err(error),
            }
        }
        let settle = |(call, reply): (&ScriptCall, Result<Reply>)| {
            reply.map_err(|error| call.origin().refine(error).during("script"))
        };
        Ok(calls.iter().zip(replies).map(settle).collect())
    }

    /// Listens as [`Service::subscribe_with`] does, to what is heard as it came: names of channels are bytes. It takes
    /// as long as a call may that the configuration gives its deadline, whatever this handle's is: who listens may do
    /// so for others.
    ///
    /// # Errors
    ///
    /// As that.
    pub async fn subscribe(
        &self,
        to: Subscribe,
        listener: impl FnMut(RawEvent) + Send + 'static,
    ) -> Result<ListenerHandle> {
        self.0.with_own_deadline().call_directly("subscribe", to, listener).await
    }
}

fn is_unknown(reply: &Result<Reply>) -> bool {
    reply.as_ref().is_err_and(Error::is_unknown_script)
}
