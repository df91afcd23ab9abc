use std::time::Duration;

use super::Peer;
use crate::{
    failure::Result,
    load::{Keys, Op, threads},
    user::User,
};

/// What the blocking lines ask of a client.
pub(crate) trait BlockingClient: Sized + Send + Sync + 'static {
    fn peer(&self) -> Peer;

    /// What one thread works with.
    fn for_thread(&self) -> Result<Self>;

    fn get(&mut self, key: &str) -> Result<Option<User>>;

    fn set(&mut self, key: &str, user: &User) -> Result<()>;
}

/// The loads, for clients of any type.
pub(crate) trait BlockingDriver {
    fn peer(&self) -> Peer;

    /// Fails unless it reads what is stored, and stores what is read.
    fn check(&self, keys: &Keys) -> Result<()>;

    /// GETs per second.
    fn throughput(&self, callers: usize, keys: &Keys, time: Duration) -> Result<f64>;

    /// How long each GET of one thread took, in nanoseconds.
    fn latencies(&self, keys: &Keys, time: Duration) -> Result<Vec<u64>>;

    /// So many operations by one thread.
    fn turns(&self, op: Op, keys: &Keys, turns: u64) -> Result<()>;
}

impl<C: BlockingClient> BlockingDriver for C {
    fn peer(&self) -> Peer {
        BlockingClient::peer(self)
    }

    fn check(&self, keys: &Keys) -> Result<()> {
        threads::check(self, keys)
    }

    fn throughput(&self, callers: usize, keys: &Keys, time: Duration) -> Result<f64> {
        threads::throughput(self, callers, keys, time)
    }

    fn latencies(&self, keys: &Keys, time: Duration) -> Result<Vec<u64>> {
        threads::latencies(self, keys, time)
    }

    fn turns(&self, op: Op, keys: &Keys, turns: u64) -> Result<()> {
        threads::turns(self, op, keys, turns)
    }
}
