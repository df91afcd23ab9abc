mod reads;
mod rerun;
mod sorted_set;
mod stream;
mod structures;
mod watched_connection;

pub(crate) use self::rerun::Body;
pub use self::{
    sorted_set::WatchedSortedSet,
    stream::WatchedStream,
    structures::{WatchedHash, WatchedList, WatchedSet},
};

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use self::watched_connection::WatchedConnection;
use super::{
    PendingCommand,
    command::CommandTarget,
    runtime::{dual, example},
};
use crate::{
    batch::Batch,
    error::Result,
    protocol::{Command, Reply},
    values::AsKey,
};

/// The argument of a transaction's closure: it reads at once, and queues writes for the commit.
///
/// It reads only keys that the transaction watches, and refuses all others: a key that is not watched may
/// change between the read and the commit, and the transaction would not notice.
///
/// Dropping it at the end of the closure returns the queue to the call. If the closure keeps it for longer,
/// the call fails and nothing is written.
///
#[doc = example!("watched.md")]
#[derive(Debug)]
pub struct Transaction {
    connection: WatchedConnection,
    queue: Batch,
    home: Arc<Mutex<Option<Returned>>>,
}

/// The queue and the connection, as a dropped `Transaction` leaves them.
#[derive(Debug)]
struct Returned {
    connection: WatchedConnection,
    queue: Batch,
}

impl Transaction {
    fn new(connection: WatchedConnection, home: &Arc<Mutex<Option<Returned>>>) -> Self {
        Self { queue: connection.queue(), connection, home: Arc::clone(home) }
    }

    /// Returns the batch of writes, which run if no other client changes the watched keys before the commit.
    /// [`transaction_with`](super::Service::transaction_with) returns their results.
    pub fn queue(&mut self) -> &mut Batch {
        &mut self.queue
    }

    /// Starts any other command that only reads, by its name in upper case. Writes are [queued](Self::queue).
    ///
    /// Every key that the command reads must be added with [`key`](PendingCommand::key), and watched. A key
    /// that is an argument is refused, and so are patterns of keys, such as those of `SORT … GET`.
    pub fn command(&mut self, name: &'static str) -> PendingCommand<&mut Self> {
        PendingCommand::new(self, name)
    }
}

#[dual(AFIT)]
impl CommandTarget for &mut Transaction {
    fn redis_key(&self, key: &(impl AsKey + ?Sized)) -> Result<Vec<u8>> {
        self.connection.client().namespace.key(key)
    }

    async fn answer(self, command: &Command) -> Result<Reply> {
        self.connection.read_command(command).await
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let (spent, empty) = (self.connection.spent(), self.connection.queue());
        let left = Returned {
            connection: mem::replace(&mut self.connection, spent),
            queue: mem::replace(&mut self.queue, empty),
        };
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }
}
