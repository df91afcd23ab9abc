use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    super::{
        Service,
        engine::Call,
        router::Node,
        runtime::{Link, SendIfAsync, dual, sleep},
    },
    Returned, Transaction, WatchedConnection,
};
use crate::{
    batch::BatchResults,
    clock,
    error::{Error, ErrorKind, Outcome, Result},
    protocol::{RetryCategory, slot},
    resilience::Deadline,
    transaction::{TransactionOptions, pause},
    values::AsKey,
};

/// The closure of a transaction.
#[dual(AFIT)]
pub(crate) trait Body<R, E>: SendIfAsync {
    fn run(&mut self, transaction: Transaction) -> impl Future<Output = Result<R, E>> + Send;
}

#[dual]
impl Service {
    pub(crate) async fn transact<R: SendIfAsync, E: From<Error> + SendIfAsync, B: Body<R, E>>(
        &self,
        operation: &'static str,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<(R, BatchResults), E> {
        let ours = |error: Error| E::from(error.during(operation));
        let mut rerun = self.rerun(options, keys, body).map_err(ours)?;
        match self.client.engine.call(self.client.call_options(), &mut rerun).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(Failure::Ours(error))) => Err(ours(error)),
            Ok(Err(Failure::Theirs(error))) => Err(error),
            // What the closure made of it is what its caller wants to see.
            Err(error) => Err(rerun.theirs.unwrap_or_else(|| ours(error))),
        }
    }

    /// As [`transact`](Self::transact), and fails as a whole if one of the writes failed.
    pub(crate) async fn transact_and_check<R: SendIfAsync, E: From<Error> + SendIfAsync, B: Body<R, E>>(
        &self,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<R, E> {
        let (done, mut results) =
            self.transact("transaction", TransactionOptions::default(), keys, body).await?;
        let checked = results.check();
        match checked {
            Ok(()) => Ok(done),
            Err(error) if results.any_applied() => Err(error.with_outcome(Outcome::Applied).into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Service {
    fn rerun<R, E, B: Body<R, E>>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<TransactionLoop<R, E, B>> {
        let keys = keys.iter().map(|key| self.root().key(key)).collect::<Result<Vec<_>>>()?;
        if self.client.scope().policy.has_slots() {
            slot::of_all(keys.iter().map(Vec::as_slice))?;
        }
        let deadline = Deadline::after(clock::now(), self.client.deadline);
        let connection = WatchedConnection::new(self.client.clone(), keys.into(), deadline);
        Ok(TransactionLoop {
            connection,
            options,
            body,
            conflicts: 0,
            trouble: None,
            theirs: None,
            result: PhantomData,
        })
    }
}

/// The attempts of one call.
struct TransactionLoop<R, E, B> {
    connection: WatchedConnection,
    options: TransactionOptions,
    body: B,
    conflicts: u32,
    /// The error of the last attempt that the closure did not make itself.
    trouble: Option<Error>,
    /// The closure's error in the last attempt, if that failed for the connection.
    theirs: Option<E>,
    result: PhantomData<fn() -> R>,
}

impl<E> From<Error> for Failure<E> {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// Why a transaction is not tried again.
enum Failure<E> {
    Ours(Error),
    /// The closure's own error, which is no failure of a server's.
    Theirs(E),
}

#[dual(AFIT)]
impl<R: SendIfAsync, E: SendIfAsync, B: Body<R, E>> Call<Link> for &mut TransactionLoop<R, E, B> {
    /// The closure's result, or the error that ends the transaction.
    type Output = Result<(R, BatchResults), Failure<E>>;

    fn category(&self) -> RetryCategory {
        RetryCategory::Never
    }

    fn slot(&self) -> Result<Option<u16>> {
        self.connection.slot()
    }

    /// Runs until the transaction is committed, the closure gives up, the conflicts are too many, or the
    /// connection fails.
    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        loop {
            self.theirs = None;
            let attempted = self.once(node, deadline).await;
            self.trouble = self.connection.take_server_error();
            match (attempted, &self.trouble) {
                (Ok(Some(done)), _) => return Ok(Ok(done)),
                (Ok(None), _) => match self.pause() {
                    Ok(pause) => sleep(pause).await,
                    Err(conflict) => return Ok(Err(Failure::Ours(conflict))),
                },
                (Err(failure), None) => return Ok(Err(failure)),
                (Err(Failure::Ours(error)), Some(_)) => return Err(error),
                (Err(Failure::Theirs(error)), Some(trouble)) => {
                    // The closure only reads: what is written comes after it.
                    let trouble = trouble.clone().with_outcome(Outcome::NotApplied);
                    self.theirs = Some(error);
                    return Err(trouble);
                }
            }
        }
    }

    fn take_server_error(&mut self) -> Option<Error> {
        self.trouble.take()
    }
}

#[dual]
impl<R: SendIfAsync, E: SendIfAsync, B: Body<R, E>> TransactionLoop<R, E, B> {
    /// Watches, runs the closure, and writes what it has queued. Returns `None` if another client changed a
    /// watched key.
    async fn once(
        &mut self,
        node: &Arc<Node<Link>>,
        deadline: Deadline,
    ) -> Result<Option<(R, BatchResults)>, Failure<E>> {
        self.connection.open(node, deadline).await?;
        let home = Arc::new(Mutex::new(None));
        let transaction = self.enter(&home);
        let done = self.body.run(transaction).await;
        let queue = self.leave(&home)?;
        let done = done.map_err(Failure::Theirs)?;
        let pipeline = queue.ready_to_share()?;
        if queue.is_empty() {
            return Ok(Some((done, queue.finish(Vec::new())?)));
        }
        match self.connection.exchange(&pipeline).await {
            Ok(replies) => Ok(Some((done, queue.finish(replies)?))),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(self.connection.note(error).into()),
        }
    }
}

impl<R, E, B> TransactionLoop<R, E, B> {
    fn enter(&mut self, home: &Arc<Mutex<Option<Returned>>>) -> Transaction {
        let spent = self.connection.spent();
        Transaction::new(std::mem::replace(&mut self.connection, spent), home)
    }

    fn leave(&mut self, home: &Mutex<Option<Returned>>) -> Result<crate::batch::Batch> {
        let left = home.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Returned { connection, queue }) = left else {
            return Err(Error::invalid_input("the closure kept its `Transaction` instead of dropping it"));
        };
        self.connection = connection;
        // The closure may have replaced the batch by another one.
        Ok(queue.atomic())
    }

    /// Returns the pause after a conflict.
    fn pause(&mut self) -> Result<std::time::Duration> {
        self.conflicts += 1;
        let pause = pause(self.conflicts, fastrand::f64());
        if self.conflicts >= self.options.attempts || pause >= self.connection.deadline().left(clock::now()) {
            let message = format!("a watched key was changed, {} times in a row", self.conflicts);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(pause)
    }
}
