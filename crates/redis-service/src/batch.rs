//! Batches: several commands in one round trip, with typed results.

mod bulk;
mod command;
mod counters;
mod group;
mod handle;
mod hashes;
mod keys;
mod lists;
mod results;
mod script;
mod sets;
mod sorted_sets;
mod streams;
mod typed_key;
mod values;

pub use self::{
    command::BatchCommand,
    handle::{BatchHandle, BatchHandles},
    hashes::BatchHash,
    lists::BatchList,
    results::BatchResults,
    script::BatchScript,
    sets::BatchSet,
    sorted_sets::BatchSortedSet,
    streams::{BatchStream, BatchStreamGroup},
};

use std::{
    borrow::Cow,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use self::results::Entry;
use crate::{
    error::{Error, Origin, Result},
    operations::{KeyScope, Label, Operation, OperationResult, Request, Scope},
    protocol::{Command, ConnectionNeeds, RawPipeline, Reply, Script, ScriptCall},
    values::{AsKey, Namespace, ValuePolicy},
};

/// Several commands that share one round trip.
///
/// The methods have the names and the arguments of those of the service and of its structures. Each queues a
/// command and returns a [`BatchHandle`]. Once the batch has run, [`BatchResults::take`] returns the result
/// for the handle. An invalid argument is reported when the batch is to run, before anything is sent.
///
#[cfg_attr(feature = "blocking", doc = "In the blocking API:\n")]
#[cfg_attr(feature = "blocking", doc = include_str!("blocking/examples/pipeline.md"))]
#[cfg_attr(feature = "async", doc = "\nIn the async API:\n")]
#[cfg_attr(feature = "async", doc = include_str!("asynchronous/examples/pipeline.md"))]
#[derive(Debug)]
pub struct Batch {
    id: u64,
    namespace: Namespace,
    policy: ValuePolicy,
    started: SystemTime,
    pipeline: RawPipeline,
    /// One for each command.
    entries: Vec<Entry>,
    /// The ranges of commands that are applied together or not at all.
    groups: Vec<Range<usize>>,
    /// The hashes of the scripts whose source the batch contains.
    sources: Vec<Arc<str>>,
    refused: Result<()>,
    /// Whether it runs on a connection that no other caller uses.
    has_connection: bool,
}

/// The ids of batches are unique within a process.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl Batch {
    /// `now` is this machine's time.
    pub(crate) fn new(namespace: Namespace, policy: ValuePolicy, now: SystemTime) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            namespace,
            policy,
            started: now,
            pipeline: RawPipeline::new(),
            entries: Vec::new(),
            groups: Vec::new(),
            sources: Vec::new(),
            refused: Ok(()),
            has_connection: false,
        }
    }

    /// Runs the commands as one transaction (`MULTI`, `EXEC`); see
    /// [`Pipeline::atomic`](crate::blocking::Pipeline::atomic).
    #[must_use]
    pub fn atomic(self) -> Self {
        Self { pipeline: self.pipeline.atomic(), ..self }
    }

    /// Also accepts commands that occupy their connection or change its state.
    pub(crate) fn on_own_connection(self) -> Self {
        Self { has_connection: true, ..self }
    }

    /// Returns whether the batch itself begins and ends transactions, as opposed to raw commands that the
    /// caller has added.
    pub(crate) fn has_transactions(&self) -> bool {
        self.pipeline.is_atomic() || !self.groups.is_empty()
    }

    /// Returns the number of commands.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no commands.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Removes all commands. Their handles become invalid.
    pub fn clear(&mut self) {
        let empty = Self::new(self.namespace.clone(), self.policy.clone(), self.started);
        let empty = Self { has_connection: self.has_connection, ..empty };
        *self = if self.pipeline.is_atomic() { empty.atomic() } else { empty };
    }

    /// Starts a command that this type has no method for, by its name in upper case.
    pub fn command(&mut self, name: &'static str) -> BatchCommand<'_> {
        BatchCommand::new(self, name)
    }

    /// Starts a call of a script. The first call of each script in a batch is sent with its source (`EVAL`),
    /// later ones with its hash only (`EVALSHA`): so each runs in its place even if the server did not know
    /// the script.
    pub fn script(&mut self, script: &Script) -> BatchScript<'_> {
        BatchScript::new(self, script)
    }

    fn scope(&self) -> Scope<'_> {
        Scope { namespace: &self.namespace, policy: &self.policy }
    }

    fn on<'a>(&'a self, key: &'a (impl AsKey + ?Sized)) -> KeyScope<'a> {
        self.scope().on(key)
    }

    /// Adds the request of an operation. The first invalid operation is the error of the whole batch.
    fn queue<T>(&mut self, made: OperationResult<T>) -> BatchHandle<T> {
        match made {
            Ok(Operation { label, request, read }) => {
                let place = self.add(label, request);
                BatchHandle::new(self.id, place, read)
            }
            Err(error) => {
                self.refused = std::mem::replace(&mut self.refused, Ok(())).and(Err(error));
                BatchHandle::void(self.id)
            }
        }
    }

    fn add(&mut self, label: Label, request: Request) -> Range<usize> {
        let first = self.entries.len();
        match request {
            Request::Nothing => {}
            Request::Command(command) => {
                let origin = command.origin();
                self.push(Entry { label, origin }, command);
            }
            Request::Script(call) => {
                let command = self.script_command(&call);
                self.push(Entry { label, origin: call.origin() }, command);
            }
            Request::Atomic(together) => {
                for command in together.into_commands() {
                    self.push(Entry { label, origin: Origin::Command }, command);
                }
                self.groups.push(first..self.entries.len());
            }
        }
        first..self.entries.len()
    }

    fn push(&mut self, entry: Entry, command: Command) {
        self.pipeline.push(command);
        self.entries.push(entry);
    }

    fn script_command(&mut self, call: &ScriptCall) -> Command {
        let hash = call.script().hash();
        if self.sources.contains(hash) {
            return call.by_hash();
        }
        self.sources.push(Arc::clone(hash));
        call.by_source()
    }

    /// Returns the commands to send.
    ///
    /// # Errors
    ///
    /// The first invalid operation; `Slot` if the batch is one transaction and its keys are on several slots.
    pub(crate) fn ready(&self) -> Result<Cow<'_, RawPipeline>> {
        self.refused.clone()?;
        if self.pipeline.is_atomic() {
            if self.policy.has_slots() {
                self.pipeline.slot()?;
            }
            return Ok(Cow::Borrowed(&self.pipeline));
        }
        Ok(group::wrap_in_multi(&self.pipeline, &self.groups))
    }

    /// As [`ready`](Self::ready), for a connection that other callers use, or that is within a transaction.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready); `Unsupported` for a command that needs a dedicated connection.
    pub(crate) fn ready_to_share(&self) -> Result<Cow<'_, RawPipeline>> {
        let pipeline = self.ready()?;
        if self.has_connection && self.pipeline.needs()? != ConnectionNeeds::Nothing {
            return Err(command::needs_connection());
        }
        Ok(pipeline)
    }

    /// # Errors
    ///
    /// `Protocol` if there is not one reply to each command.
    pub(crate) fn finish(self, replies: Vec<Result<Reply>>) -> Result<BatchResults> {
        let replies =
            if self.pipeline.is_atomic() { replies } else { group::unwrap_exec(replies, &self.groups) };
        if replies.len() != self.entries.len() {
            return Err(Error::unexpected_reply("a reply to each command", "a different number of replies"));
        }
        Ok(BatchResults::new(self, replies))
    }
}
