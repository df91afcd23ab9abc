mod reads;
mod rerun;
mod structures;
mod watched_connection;

pub(crate) use self::rerun::Body;
pub use self::structures::{WatchedHash, WatchedList, WatchedSet, WatchedSortedSet};

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use self::watched_connection::WatchedConnection;
use super::{PendingCommand, command::CommandTarget, runtime::dual};
use crate::{
    batch::Batch,
    error::Result,
    protocol::{Command, Reply},
    values::AsKey,
};

/// What the closure of a transaction works with: it reads at once, and queues its writes for later.
///
/// It reads what the transaction watches, and refuses to read anything else: what is not watched may change between
/// the reading and the writing, and the transaction would not notice.
///
/// Dropping it at the end of the closure hands the queue back to the call. One that is kept beyond that keeps
/// the connection as well, and nothing is written.
#[derive(Debug)]
pub struct Transaction {
    session: WatchedConnection,
    queue: Batch,
    home: Arc<Mutex<Option<Left>>>,
}

/// What a transaction leaves behind.
#[derive(Debug)]
struct Left {
    session: WatchedConnection,
    queue: Batch,
}

impl Transaction {
    fn new(session: WatchedConnection, home: &Arc<Mutex<Option<Left>>>) -> Self {
        Self { queue: session.queue(), session, home: Arc::clone(home) }
    }

    /// What is to be written, if nobody else changes the watched keys meanwhile. BatchHandles to its results are
    /// for [`transaction_with`](super::Service::transaction_with).
    pub fn queue(&mut self) -> &mut Batch {
        &mut self.queue
    }

    /// Any other command that only reads, by its name in upper case. What writes is
    /// [queued](Self::queue).
    ///
    /// Every key that it reads is added with [`key`](PendingCommand::key), and watched. One that is an argument is refused, and so
    /// are patterns of keys, as `SORT … GET` has them.
    pub fn command(&mut self, name: &'static str) -> PendingCommand<&mut Self> {
        PendingCommand::new(self, name)
    }
}

#[dual(AFIT)]
impl CommandTarget for &mut Transaction {
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.session.client().namespace.key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        self.session.read_command(command).await
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
