use std::time::Duration;

use tokio::runtime::Runtime;

use super::Peer;
use crate::{
    failure::Result,
    load::{
        Keys, Op,
        asynchronous::{self, Typed},
    },
    user::User,
};

/// What the async lines ask of a client. Each task has a clone of its own.
pub(crate) trait AsyncClient: Clone + Send + Sync + 'static {
    fn peer(&self) -> Peer;

    fn get(&mut self, key: &str) -> impl Future<Output = Result<Option<User>>> + Send;

    fn set(&mut self, key: &str, user: &User) -> impl Future<Output = Result<()>> + Send;

    /// The length of a value, fetched as bytes.
    fn get_bytes(&mut self, key: &str) -> impl Future<Output = Result<usize>> + Send;
}

/// The loads, for clients of any type.
pub(crate) trait AsyncDriver: Send + Sync {
    fn peer(&self) -> Peer;

    /// Fails unless it reads what is stored, and stores what is read.
    fn check(&self, runtime: &Runtime, keys: &Keys) -> Result<()>;

    /// Operations per second.
    fn throughput(
        &self,
        runtime: &Runtime,
        op: Op,
        callers: usize,
        keys: &Keys,
        time: Duration,
    ) -> Result<f64>;

    /// So many operations by each caller.
    fn turns(&self, runtime: &Runtime, op: Op, callers: usize, keys: &Keys, turns: u64) -> Result<()>;

    /// How long each GET took, in nanoseconds.
    fn latencies(&self, runtime: &Runtime, callers: usize, keys: &Keys, time: Duration) -> Result<Vec<u64>>;

    /// The same, while one more task fetches `large` over and over.
    fn latencies_beside(
        &self,
        runtime: &Runtime,
        callers: usize,
        keys: &Keys,
        large: &str,
        time: Duration,
    ) -> Result<Vec<u64>>;
}

impl<C: AsyncClient> AsyncDriver for C {
    fn peer(&self) -> Peer {
        AsyncClient::peer(self)
    }

    fn check(&self, runtime: &Runtime, keys: &Keys) -> Result<()> {
        runtime.block_on(asynchronous::check(self.clone(), keys))
    }

    fn throughput(
        &self,
        runtime: &Runtime,
        op: Op,
        callers: usize,
        keys: &Keys,
        time: Duration,
    ) -> Result<f64> {
        runtime.block_on(asynchronous::throughput(&typed(self, op, keys), callers, time))
    }

    fn turns(&self, runtime: &Runtime, op: Op, callers: usize, keys: &Keys, turns: u64) -> Result<()> {
        runtime.block_on(asynchronous::turns(&typed(self, op, keys), callers, turns))
    }

    fn latencies(&self, runtime: &Runtime, callers: usize, keys: &Keys, time: Duration) -> Result<Vec<u64>> {
        runtime.block_on(asynchronous::latencies(&typed(self, Op::Get, keys), callers, time))
    }

    fn latencies_beside(
        &self,
        runtime: &Runtime,
        callers: usize,
        keys: &Keys,
        large: &str,
        time: Duration,
    ) -> Result<Vec<u64>> {
        let work = typed(self, Op::Get, keys);
        runtime.block_on(asynchronous::latencies_beside(&work, callers, large, time))
    }
}

fn typed<C: AsyncClient>(client: &C, op: Op, keys: &Keys) -> Typed<C> {
    Typed { client: client.clone(), op, keys: keys.clone() }
}
