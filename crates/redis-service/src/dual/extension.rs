use std::sync::Arc;

use super::{
    Service,
    engine::CallOptions,
    runtime::{ListenerHandle, Task, dual},
};
use crate::{
    error::{Error, Result},
    protocol::{Command, RawPipeline, Reply, ScriptCall},
    pubsub::{RawEvent, Subscribe},
};

/// A service, as this project's other crates use it.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a>(&'a Service);

impl Service {
    /// Returns the functions that this project's other crates build on.
    #[doc(hidden)]
    #[must_use]
    pub fn extension(&self) -> Extension<'_> {
        Extension(self)
    }
}

impl Extension<'_> {
    /// Returns the value of type `T` that is stored with the service and shared by all of its handles. `make`
    /// creates it if there is none yet; the result of `make` may be dropped unused.
    pub fn slot<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.0.client.engine.slots.get_or_insert_with(make)
    }

    /// Runs a background task where the service's own tasks run: on a thread, or on the runtime that the
    /// service was connected on, whichever runtime calls this.
    pub fn spawn(&self, task: impl Task) {
        self.0.client.engine.background.spawn(task);
    }
}

impl Extension<'_> {
    /// Returns this handle with the configuration's deadline, for calls on behalf of others.
    #[must_use]
    pub fn with_own_deadline(&self) -> Service {
        self.0.with_own_deadline()
    }
}

#[dual]
impl Extension<'_> {
    /// Runs a command once, without asking the breaker.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply, or the server's error.
    pub async fn run_past_breaker(&self, command: &Command) -> Result<Reply> {
        let client = &self.0.client;
        let ran = client.engine.call(CallOptions::bypassing_breaker(client.deadline), command).await;
        ran.map_err(|error| error.during(command.name()))
    }

    /// Runs scripts by their hashes in one round trip, and those that the server does not know by their
    /// sources in a second one: these then run after the others. A single script's error is in its place in
    /// the list.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply.
    pub async fn run_scripts(&self, calls: &[ScriptCall]) -> Result<Vec<Result<Reply>>> {
        let client = &self.0.client;
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let by_hash: RawPipeline = calls.iter().map(ScriptCall::by_hash).collect();
        let mut replies = client.engine.call(client.call_options(), &by_hash).await?;
        let unknown: Vec<_> = (0..replies.len()).filter(|index| is_unknown(&replies[*index])).collect();
        if !unknown.is_empty() {
            let by_source: RawPipeline = unknown.iter().map(|index| calls[*index].by_source()).collect();
            match client.engine.call(client.call_options(), &by_source).await {
                Ok(again) => unknown.into_iter().zip(again).for_each(|(index, reply)| replies[index] = reply),
                // The other scripts have run: their replies must not be lost.
                Err(error) if unknown.len() < replies.len() => {
                    unknown.into_iter().for_each(|index| replies[index] = Err(error.clone()));
                }
                Err(error) => return Err(error),
            }
        }
        let refine = |(call, reply): (&ScriptCall, Result<Reply>)| {
            reply.map_err(|error| call.origin().refine(error).during("script"))
        };
        Ok(calls.iter().zip(replies).map(refine).collect())
    }

    /// Listens as [`Service::subscribe_with`] does, and passes raw events on: channel names are bytes. An error says
    /// that it does not listen at present; a gap follows once it does. It takes the configuration's deadline, not this
    /// handle's: the caller may listen on behalf of others.
    ///
    /// # Errors
    ///
    /// As [`Service::subscribe_with`].
    pub async fn subscribe(
        &self,
        to: Subscribe,
        listener: impl FnMut(Result<RawEvent>) + Send + 'static,
    ) -> Result<ListenerHandle> {
        let to = to.fail_if_unavailable();
        self.0.with_own_deadline().subscribe_inline("subscribe", to, listener).await
    }
}

fn is_unknown(reply: &Result<Reply>) -> bool {
    reply.as_ref().is_err_and(Error::is_unknown_script)
}
