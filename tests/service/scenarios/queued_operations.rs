//! Every method of the service can be queued: under the same name, with the same arguments, result and effect, in every
//! kind of batch.

use redis_service::{
    Batch, Error,
    batch::{BatchHandle, BatchResults},
    transaction::TransactionOptions,
};
use redis_testkit::{Server, Value};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, outcome_text},
};

/// Calls of methods that a batch and the service share, with the same arguments: once queued, once one by one.
macro_rules! calls {
    ($on:ident: $($call:expr;)+) => {
        fn queue($on: &mut Batch) -> Vec<Taken> {
            vec![$(later($call)),+]
        }

        #[dual]
        async fn ask($on: &RedisService) -> Vec<String> {
            Vec::from([$(outcome_text($call.await)),+])
        }
    };
}

// Counters and scripts.
mod counters;
// Many keys at a time, all or none of them.
mod groups;
// Hashes, and structs as hashes.
mod hashes;
// Handles, results and batches that do not belong together.
mod handles;
// Keys, and many of them.
mod keys;
// Lists.
mod lists;
// Calls without keys send nothing.
mod nothing;
// Sets and sorted sets.
mod sets;
// Streams, and their groups.
mod streams;
// Values, and messages.
mod values;

/// No keys, fields or members.
const NONE: [&str; 0] = [];

/// Takes one result, as text.
type Taken = Box<dyn FnOnce(&mut BatchResults) -> String + Send>;

/// A function that queues calls.
type Queue = fn(&mut Batch) -> Vec<Taken>;

fn later<T: std::fmt::Debug + 'static>(handle: BatchHandle<T>) -> Taken {
    Box::new(move |results| outcome_text(results.take(handle)))
}

/// Where a batch is run.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Atomic,
    Transaction,
    Dedicated,
    DedicatedAtomic,
}

impl Way {
    const ALL: [Self; 5] =
        [Self::Plain, Self::Atomic, Self::Transaction, Self::Dedicated, Self::DedicatedAtomic];

    /// The namespace it uses.
    fn namespace(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

#[dual]
impl Way {
    /// Runs a batch, and returns its results in order, as text.
    async fn run(self, redis: &RedisService, queue: Queue) -> Result<Vec<String>, Error> {
        let (queued, mut results) = self.queue_and_run(redis, queue).await?;
        Ok(queued.into_iter().map(|take| take(&mut results)).collect())
    }

    async fn queue_and_run(
        self,
        redis: &RedisService,
        queue: Queue,
    ) -> Result<(Vec<Taken>, BatchResults), Error> {
        match self {
            Self::Plain | Self::Atomic => {
                let pipeline = redis.pipeline();
                let mut pipeline = if let Self::Atomic = self { pipeline.atomic() } else { pipeline };
                let queued = queue(&mut pipeline);
                Ok((queued, pipeline.run().await?))
            }
            Self::Transaction => {
                redis.transaction_with(TransactionOptions::default(), &NONE, |tx| queue_in(tx, queue)).await
            }
            Self::Dedicated | Self::DedicatedAtomic => {
                let mut own = redis.dedicated().await?;
                let batch = own.batch();
                let mut batch = if let Self::DedicatedAtomic = self { batch.atomic() } else { batch };
                let queued = queue(&mut batch);
                Ok((queued, own.run(batch).await?))
            }
        }
    }
}

#[dual]
async fn queue_in(mut tx: Transaction, queue: Queue) -> Result<Vec<Taken>, Error> {
    Ok(queue(tx.queue()))
}

/// The namespace of the calls that are made one by one.
const ONE_BY_ONE: &str = "one_by_one";

/// A server, and a service for it.
#[dual]
async fn start() -> (Server, RedisService) {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    (server, redis)
}

/// Checks that queued calls have the results and effects of the same calls one by one, in every kind of batch. Returns
/// the results.
#[dual]
async fn assert_alike(
    server: &Server,
    redis: &RedisService,
    queue: Queue,
    asked: Vec<String>,
) -> Vec<String> {
    for shown in &asked {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let expected = stored(server, ONE_BY_ONE);
    for way in Way::ALL {
        let namespace = way.namespace();
        let found = way.run(&redis.namespace(&namespace), queue).await.unwrap();
        assert_eq!(found.len(), asked.len());
        for (number, (found, asked)) in found.iter().zip(&asked).enumerate() {
            assert_eq!(found, asked, "{way:?}, call {number}");
        }
        assert_eq!(stored(server, &namespace), expected, "{way:?}");
    }
    asked
}

/// Every key of a namespace: its value, and whether it expires.
fn stored(server: &Server, namespace: &str) -> Vec<(String, Value, bool)> {
    let mut cli = server.cli().unwrap();
    let Value::Array(keys) = cli.call(&["KEYS", &format!("{namespace}:*")]).unwrap() else {
        panic!("no keys")
    };
    let mut stored = Vec::new();
    for key in keys {
        let Value::Bulk(key) = key else { panic!("{key:?}") };
        let key = String::from_utf8(key).unwrap();
        let dump = cli.call(&["DUMP", &key]).unwrap();
        let expires = cli.integer(&["PTTL", &key]).unwrap() > 0;
        stored.push((key.replace(&format!("{namespace}:"), ""), dump, expires));
    }
    stored.sort_by(|one, other| one.0.cmp(&other.0));
    stored
}
