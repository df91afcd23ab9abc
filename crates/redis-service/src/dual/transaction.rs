mod rerun;
mod session;

pub(crate) use self::rerun::Body;

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use serde::de::DeserializeOwned;

use self::session::Session;
use super::{Query, query::Ask, runtime::dual};
use crate::{AsKey, Batch, Category, Command, Error, Reply, Result, Ttl, call::Call};

/// What the closure of a transaction works with: it reads at once, and queues its writes for later.
///
/// Dropping it at the end of the closure hands the queue back to the call. One that is kept beyond that keeps
/// the connection as well, and nothing is written.
#[derive(Debug)]
pub struct Transaction {
    session: Session,
    queue: Batch,
    home: Arc<Mutex<Option<Left>>>,
}

/// What a transaction leaves behind.
#[derive(Debug)]
struct Left {
    session: Session,
    queue: Batch,
}

impl Transaction {
    fn new(session: Session, home: &Arc<Mutex<Option<Left>>>) -> Self {
        Self { queue: session.queue(), session, home: Arc::clone(home) }
    }

    /// What is to be written, if nobody else changes the watched keys meanwhile. Handles to its results are
    /// for [`transaction_with`](super::Service::transaction_with).
    pub fn queue(&mut self) -> &mut Batch {
        &mut self.queue
    }

    /// Any other command that only reads, by its name in upper case. What writes is
    /// [queued](Self::queue).
    pub fn command(&mut self, name: &'static str) -> Query<&mut Self> {
        Query::new(self, name)
    }
}

#[dual]
impl Transaction {
    /// The value of `key`; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`Service::get`](super::Service::get).
    pub async fn get<T: DeserializeOwned>(&mut self, key: impl AsKey) -> Result<Option<T>> {
        let call = Call::on("get", &key);
        let reply = self.read(call, "GET", &key).await?;
        let found = call.name(reply.into_bytes())?;
        found.map(|bytes| self.session.service().decode(call, &bytes)).transpose()
    }

    /// The bytes of `key`, as they are stored; `None` if there is no such key.
    ///
    /// Command: `GET`.
    ///
    /// # Errors
    ///
    /// As [`Service::get_raw`](super::Service::get_raw).
    pub async fn get_raw(&mut self, key: impl AsKey) -> Result<Option<Vec<u8>>> {
        let call = Call::on("get_raw", &key);
        let reply = self.read(call, "GET", &key).await?;
        call.name(reply.into_bytes())
    }

    /// Whether there is such a key.
    ///
    /// Command: `EXISTS`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn exists(&mut self, key: impl AsKey) -> Result<bool> {
        let call = Call::on("exists", &key);
        let reply = self.read(call, "EXISTS", &key).await?;
        call.name(reply.into_bool())
    }

    /// How long `key` has left.
    ///
    /// Command: `PTTL`.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering.
    pub async fn ttl(&mut self, key: impl AsKey) -> Result<Ttl> {
        let call = Call::on("ttl", &key);
        let reply = self.read(call, "PTTL", &key).await?;
        call.name(reply.into_integer().map(Ttl::from_milliseconds))
    }

    async fn read(&mut self, call: Call<'_>, name: &'static str, key: &impl AsKey) -> Result<Reply> {
        let command = Command::new(name).arg(self.session.service().key(call, key)?);
        call.name(self.session.ask(&command).await)
    }
}

#[dual(AFIT)]
impl Ask for &mut Transaction {
    fn whole_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.session.service().root().key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        if command.category() == Category::ReadOnly {
            return self.session.ask(command).await;
        }
        let message = "only reads are run at once in a transaction; writes are queued";
        Err(Error::invalid_input(message))
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let (spent, empty) = (self.session.spent(), self.session.queue());
        let left = Left {
            session: mem::replace(&mut self.session, spent),
            queue: mem::replace(&mut self.queue, empty),
        };
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }
}
