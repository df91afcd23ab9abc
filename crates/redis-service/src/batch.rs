//! Commands to be run together, with typed results.

mod handle;
mod query;
mod results;
mod script;

pub use self::{
    handle::{Handle, Handles},
    query::BatchQuery,
    results::Results,
    script::BatchScript,
};

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use serde::{Serialize, de::DeserializeOwned};

use self::{handle::Read, results::Entry};
use crate::{
    AsKey, Command, Error, Expiry, Namespace, Pipeline, Reply, Result, Script, ScriptCall, Ttl,
    call::Call,
    command::{Condition, expire, set},
    slot,
    terms::Terms,
};

/// Commands to be run together, and where their results will be found.
///
/// Each method adds a command and hands back a [`Handle`], for which [`Results::take`] gives the result once
/// the batch was run. Keys, values and expiries are as in the service's methods of the same names. What makes
/// no sense is told when the batch is to be run, before anything is sent.
#[derive(Debug)]
pub struct Batch {
    id: u64,
    namespace: Namespace,
    terms: Terms,
    started: SystemTime,
    pipeline: Pipeline,
    entries: Vec<Entry>,
    /// The hashes of the scripts that travel with their source.
    sources: Vec<Arc<str>>,
    /// One key, which all others must share the slot of, and whether they do.
    anchor: Option<Vec<u8>>,
    slots: Result<()>,
    refused: Result<()>,
}

/// No two batches of a process have the same.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl Batch {
    /// `now` is the time of this machine.
    pub(crate) fn new(namespace: Namespace, terms: Terms, now: SystemTime) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            namespace,
            terms,
            started: now,
            pipeline: Pipeline::new(),
            entries: Vec::new(),
            sources: Vec::new(),
            anchor: None,
            slots: Ok(()),
            refused: Ok(()),
        }
    }

    pub(crate) fn atomic(self) -> Self {
        Self { pipeline: self.pipeline.atomic(), ..self }
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

    /// Takes every command out again. Handles to them are void.
    pub fn clear(&mut self) {
        let empty = Self::new(self.namespace.clone(), self.terms.clone(), self.started);
        *self = if self.pipeline.is_atomic() { empty.atomic() } else { empty };
    }

    /// The value of `key`; `None` if there is no such key. Command: `GET`.
    pub fn get<T: DeserializeOwned>(&mut self, key: impl AsKey) -> Handle<Option<T>> {
        self.on_key("get", &key, |_, key| Ok(Command::new("GET").arg(key)), decoded)
    }

    /// The bytes of `key`, as they are stored; `None` if there is no such key. Command: `GET`.
    pub fn get_raw(&mut self, key: impl AsKey) -> Handle<Option<Vec<u8>>> {
        self.on_key("get_raw", &key, |_, key| Ok(Command::new("GET").arg(key)), |reply, _| reply.into_bytes())
    }

    /// Sets `key` to `value`, with its expiry. Command: `SET`.
    pub fn set<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> Handle<()> {
        let value = self.terms.encode(value);
        self.write("set", &key, value, expiry.into(), Condition::Always, done)
    }

    /// Sets `key` to these bytes, untouched, with its expiry. Command: `SET`.
    pub fn set_raw(
        &mut self,
        key: impl AsKey,
        value: impl AsRef<[u8]>,
        expiry: impl Into<Expiry>,
    ) -> Handle<()> {
        let value = value.as_ref();
        let value = self.terms.check_size(value.len()).map(|()| value);
        self.write("set_raw", &key, value, expiry.into(), Condition::Always, done)
    }

    /// Sets `key` if there is no such key, and tells whether it did. Command: `SET … NX`.
    pub fn set_if_absent<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> Handle<bool> {
        let value = self.terms.encode(value);
        self.write("set_if_absent", &key, value, expiry.into(), Condition::IfAbsent, |reply, _| {
            reply.into_done()
        })
    }

    /// Sets `key` if there is such a key, and tells whether it did. Command: `SET … XX`.
    pub fn set_if_present<T: Serialize + ?Sized>(
        &mut self,
        key: impl AsKey,
        value: &T,
        expiry: impl Into<Expiry>,
    ) -> Handle<bool> {
        let value = self.terms.encode(value);
        self.write("set_if_present", &key, value, expiry.into(), Condition::IfPresent, |reply, _| {
            reply.into_done()
        })
    }

    /// Deletes `key` and hands back the value it had; `None` if there was no such key. Command: `GETDEL`.
    pub fn take<T: DeserializeOwned>(&mut self, key: impl AsKey) -> Handle<Option<T>> {
        self.on_key("take", &key, |_, key| Ok(Command::new("GETDEL").arg(key)), decoded)
    }

    /// Deletes `key`, and tells whether there was one. Command: `UNLINK`.
    pub fn delete(&mut self, key: impl AsKey) -> Handle<bool> {
        self.on_key("delete", &key, |_, key| Ok(Command::new("UNLINK").arg(key)), truth)
    }

    /// Whether there is such a key. Command: `EXISTS`.
    pub fn exists(&mut self, key: impl AsKey) -> Handle<bool> {
        self.on_key("exists", &key, |_, key| Ok(Command::new("EXISTS").arg(key)), truth)
    }

    /// Sets when `key` expires, and tells whether there is such a key. Command: `PEXPIRE` or `PEXPIREAT`.
    pub fn expire(&mut self, key: impl AsKey, expiry: impl Into<Expiry>) -> Handle<bool> {
        let expiry = expiry.into();
        let command = |batch: &Self, key: Vec<u8>| expire(&key, batch.terms.expires(expiry, batch.started)?);
        self.on_key("expire", &key, command, truth)
    }

    /// How long `key` has left. Command: `PTTL`.
    pub fn ttl(&mut self, key: impl AsKey) -> Handle<Ttl> {
        self.on_key(
            "ttl",
            &key,
            |_, key| Ok(Command::new("PTTL").arg(key)),
            |reply, _| reply.into_integer().map(Ttl::from_milliseconds),
        )
    }

    /// Lets `key` live for ever, and tells whether it would have expired. Command: `PERSIST`.
    pub fn persist(&mut self, key: impl AsKey) -> Handle<bool> {
        self.on_key("persist", &key, |_, key| Ok(Command::new("PERSIST").arg(key)), truth)
    }

    /// Adds `by` to the counter, and hands back what it is then. Command: `INCRBY`.
    pub fn increment(&mut self, key: impl AsKey, by: i64) -> Handle<i64> {
        self.on_key("increment", &key, |_, key| Ok(Command::new("INCRBY").arg(key).arg(by)), integer)
    }

    /// Takes `by` from the counter, and hands back what it is then. Command: `DECRBY`.
    pub fn decrement(&mut self, key: impl AsKey, by: i64) -> Handle<i64> {
        self.on_key("decrement", &key, |_, key| Ok(Command::new("DECRBY").arg(key).arg(by)), integer)
    }

    /// A command that this type has no method for, by its name in upper case.
    pub fn command(&mut self, name: &'static str) -> BatchQuery<'_> {
        BatchQuery::new(self, name)
    }

    /// A call of a script. The first call of each script in a batch takes its source along (`EVAL`), and
    /// later ones need its hash alone (`EVALSHA`): so each runs in its place whether or not the server knew
    /// the script.
    pub fn script(&mut self, script: &Script) -> BatchScript<'_> {
        BatchScript::new(self, script)
    }

    fn write<T>(
        &mut self,
        operation: &'static str,
        key: &impl AsKey,
        value: Result<impl AsRef<[u8]>>,
        expiry: Expiry,
        condition: Condition,
        read: Read<T>,
    ) -> Handle<T> {
        let command = |batch: &Self, key: Vec<u8>| {
            Ok(set(&key, value?.as_ref(), batch.terms.expires(expiry, batch.started)?, condition))
        };
        self.on_key(operation, key, command, read)
    }

    /// Adds a command whose first argument is its key.
    fn on_key<T>(
        &mut self,
        operation: &'static str,
        key: &impl AsKey,
        command: impl FnOnce(&Self, Vec<u8>) -> Result<Command>,
        read: Read<T>,
    ) -> Handle<T> {
        let built = self.locate(key).and_then(|key| command(self, key));
        let built = Call::on(operation, key).name(built);
        self.push(Entry { operation, key: Some(1), is_script: false }, built, read)
    }

    /// The key as Redis sees it.
    fn locate(&mut self, key: &impl AsKey) -> Result<Vec<u8>> {
        let whole = self.namespace.key(key)?;
        if self.terms.has_slots() && self.slots.is_ok() {
            let anchor = self.anchor.get_or_insert_with(|| whole.clone());
            self.slots = slot::check([&anchor[..], &whole[..]]);
        }
        Ok(whole)
    }

    fn push<T>(&mut self, entry: Entry, command: Result<Command>, read: Read<T>) -> Handle<T> {
        let handle = Handle::new(self.id, self.entries.len(), read);
        match command {
            Ok(command) => {
                self.pipeline.push(command);
                self.entries.push(entry);
            }
            Err(error) if self.refused.is_ok() => self.refused = Err(error),
            Err(_) => {}
        }
        handle
    }

    fn push_script<T>(&mut self, call: Result<ScriptCall>, read: Read<T>) -> Handle<T> {
        let key = call.as_ref().is_ok_and(|call| !call.keys().is_empty());
        // EVAL source 1 key
        let entry = Entry { operation: "script", key: key.then_some(3), is_script: true };
        let command = call.map(|call| {
            let hash = call.script().hash();
            if self.sources.contains(hash) {
                return call.by_hash();
            }
            self.sources.push(Arc::clone(hash));
            call.by_source()
        });
        self.push(entry, command, read)
    }

    /// What is to be sent.
    ///
    /// # Errors
    ///
    /// The first of what made no sense; `Slot` if all is to be one step, and is on several slots.
    pub(crate) fn ready(&self) -> Result<&Pipeline> {
        self.refused.clone()?;
        if self.pipeline.is_atomic() {
            self.slots.clone()?;
        }
        Ok(&self.pipeline)
    }

    /// # Errors
    ///
    /// `Protocol` if there is not one reply to each command.
    pub(crate) fn settle(self, replies: Vec<Result<Reply>>) -> Result<Results> {
        if replies.len() != self.entries.len() {
            return Err(Error::unexpected_reply("a reply to each command", "another number of replies"));
        }
        Ok(Results::new(self, replies))
    }
}

fn decoded<T: DeserializeOwned>(reply: Reply, terms: &Terms) -> Result<Option<T>> {
    reply.into_bytes()?.map(|bytes| terms.decode(&bytes)).transpose()
}

fn done(reply: Reply, _: &Terms) -> Result<()> {
    reply.into_done().map(drop)
}

fn truth(reply: Reply, _: &Terms) -> Result<bool> {
    reply.into_bool()
}

fn integer(reply: Reply, _: &Terms) -> Result<i64> {
    reply.into_integer()
}
