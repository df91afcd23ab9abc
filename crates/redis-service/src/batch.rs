//! Commands to be run together, with typed results.

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
    operations::{KeyScope, Label, Made, Operation, Request, Scope},
    protocol::{Command, ConnectionNeeds, Pipeline, Reply, Script, ScriptCall},
    values::{AsKey, Namespace, ValuePolicy},
};

/// Commands to be run together, and where their results will be found.
///
/// Each method is that of the service or of a structure by the same name and with the same arguments. It adds a
/// command and hands back a [`BatchHandle`], for which [`BatchResults::take`] gives the result once the batch was run. What
/// makes no sense is told when the batch is to be run, before anything is sent.
#[derive(Debug)]
pub struct Batch {
    id: u64,
    namespace: Namespace,
    policy: ValuePolicy,
    started: SystemTime,
    pipeline: Pipeline,
    /// One for each command.
    entries: Vec<Entry>,
    /// Which of the commands are done together or not at all.
    groups: Vec<Range<usize>>,
    /// The hashes of the scripts that travel with their source.
    sources: Vec<Arc<str>>,
    refused: Result<()>,
    /// Whether it runs on a connection that nobody else uses.
    has_connection: bool,
}

/// No two batches of a process have the same.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl Batch {
    /// `now` is the time of this machine.
    pub(crate) fn new(namespace: Namespace, policy: ValuePolicy, now: SystemTime) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            namespace,
            policy,
            started: now,
            pipeline: Pipeline::new(),
            entries: Vec::new(),
            groups: Vec::new(),
            sources: Vec::new(),
            refused: Ok(()),
            has_connection: false,
        }
    }

    /// Runs the commands as one transaction (`MULTI`, `EXEC`); see
    /// [`PendingBatch::atomic`](crate::blocking::PendingBatch::atomic).
    #[must_use]
    pub fn atomic(self) -> Self {
        Self { pipeline: self.pipeline.atomic(), ..self }
    }

    /// Takes commands as well that occupy or change the connection they run on.
    pub(crate) fn on_own_connection(self) -> Self {
        Self { has_connection: true, ..self }
    }

    /// Whether it begins and ends transactions: by itself, not by commands that its caller has named.
    pub(crate) fn has_transactions(&self) -> bool {
        self.pipeline.is_atomic() || !self.groups.is_empty()
    }

    /// How many commands there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes every command out again. BatchHandles to them are void.
    pub fn clear(&mut self) {
        let empty = Self::new(self.namespace.clone(), self.policy.clone(), self.started);
        let empty = Self { has_connection: self.has_connection, ..empty };
        *self = if self.pipeline.is_atomic() { empty.atomic() } else { empty };
    }

    /// A command that this type has no method for, by its name in upper case.
    pub fn command(&mut self, name: &'static str) -> BatchCommand<'_> {
        BatchCommand::new(self, name)
    }

    /// A call of a script. The first call of each script in a batch takes its source along (`EVAL`), and
    /// later ones need its hash alone (`EVALSHA`): so each runs in its place whether or not the server knew
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

    /// Adds what an operation sends. The first that is none is why the batch cannot be run.
    fn queue<T>(&mut self, made: Made<T>) -> BatchHandle<T> {
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

    /// What is to be sent.
    ///
    /// # Errors
    ///
    /// The first of what made no sense; `Slot` if all is to be one step, and is on several slots.
    pub(crate) fn ready(&self) -> Result<Cow<'_, Pipeline>> {
        self.refused.clone()?;
        if self.pipeline.is_atomic() {
            if self.policy.has_slots() {
                self.pipeline.slot()?;
            }
            return Ok(Cow::Borrowed(&self.pipeline));
        }
        Ok(group::enclosed(&self.pipeline, &self.groups))
    }

    /// As [`ready`](Self::ready), for a connection that others use, or that is within a transaction.
    ///
    /// # Errors
    ///
    /// As there; `Unsupported` for what was queued for a dedicated connection and needs one.
    pub(crate) fn ready_to_share(&self) -> Result<Cow<'_, Pipeline>> {
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
        let replies = if self.pipeline.is_atomic() { replies } else { group::opened(replies, &self.groups) };
        if replies.len() != self.entries.len() {
            return Err(Error::unexpected_reply("a reply to each command", "another number of replies"));
        }
        Ok(BatchResults::new(self, replies))
    }
}
