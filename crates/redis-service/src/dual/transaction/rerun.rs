use std::sync::{Arc, Mutex, PoisonError};

use super::{
    super::{
        Service,
        engine::Attempt,
        router::Node,
        runtime::{Link, SendIfAsync, dual, sleep},
    },
    Left, Transaction, WatchedConnection,
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

/// A transaction's closure.
#[dual(AFIT)]
pub(crate) trait Body<R>: SendIfAsync {
    fn run(&mut self, transaction: Transaction) -> impl Future<Output = Result<R>> + Send;
}

#[dual]
impl Service {
    pub(crate) async fn transact<R: SendIfAsync, B: Body<R>>(
        &self,
        operation: &'static str,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<(R, BatchResults)> {
        let done = match self.rerun(options, keys, body) {
            // The closure's own error is no failure of a server's.
            Ok(rerun) => self.client.engine.call(self.client.call_options(), rerun).await.unwrap_or_else(Err),
            Err(error) => Err(error),
        };
        done.map_err(|error| error.during(operation))
    }

    /// As [`transact`](Self::transact), and a write that failed is the error of the whole.
    pub(crate) async fn transact_and_check<R: SendIfAsync, B: Body<R>>(
        &self,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<R> {
        let (done, mut results) =
            self.transact("transaction", TransactionOptions::default(), keys, body).await?;
        let checked = results.check();
        checked.map_err(
            |error| {
                if results.any_applied() { error.with_outcome(Outcome::Applied) } else { error }
            },
        )?;
        Ok(done)
    }
}

impl Service {
    fn rerun<R, B: Body<R>>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<Rerun<R, B>> {
        let keys = keys.iter().map(|key| self.root().key(key)).collect::<Result<Vec<_>>>()?;
        if self.client.scope().policy.has_slots() {
            slot::of_all(keys.iter().map(Vec::as_slice))?;
        }
        let deadline = Deadline::after(clock::now(), self.client.deadline);
        let session = WatchedConnection::new(self.client.clone(), keys.into(), deadline);
        Ok(Rerun { session, options, body, conflicts: 0, trouble: None, result: std::marker::PhantomData })
    }
}

/// The attempts of one call.
struct Rerun<R, B> {
    session: WatchedConnection,
    options: TransactionOptions,
    body: B,
    conflicts: u32,
    /// What went wrong in the last attempt, the closure's own errors aside.
    trouble: Option<Error>,
    result: std::marker::PhantomData<fn() -> R>,
}

#[dual(AFIT)]
impl<R: SendIfAsync, B: Body<R>> Attempt<Link> for Rerun<R, B> {
    /// What the closure came to, or why it is not tried again on any connection.
    type Output = Result<(R, BatchResults)>;

    fn category(&self) -> RetryCategory {
        RetryCategory::Never
    }

    fn slot(&self) -> Result<Option<u16>> {
        self.session.slot()
    }

    /// Until it is done, the closure gives up, somebody else is faster once too often, or the connection fails.
    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<Self::Output> {
        loop {
            let attempted = self.once(node, deadline).await;
            self.trouble = self.session.take_trouble();
            match attempted {
                Ok(Some(done)) => return Ok(Ok(done)),
                Ok(None) => match self.pause() {
                    Ok(pause) => sleep(pause).await,
                    Err(conflict) => return Ok(Err(conflict)),
                },
                Err(error) if self.trouble.is_none() => return Ok(Err(error)),
                Err(error) => return Err(error),
            }
        }
    }

    fn take_trouble(&mut self) -> Option<Error> {
        self.trouble.take()
    }
}

#[dual]
impl<R: SendIfAsync, B: Body<R>> Rerun<R, B> {
    /// Watches, runs the closure, and writes what it has queued; `None` if somebody else was faster.
    async fn once(
        &mut self,
        node: &Arc<Node<Link>>,
        deadline: Deadline,
    ) -> Result<Option<(R, BatchResults)>> {
        self.session.open(node, deadline).await?;
        let home = Arc::new(Mutex::new(None));
        let transaction = self.enter(&home);
        let done = self.body.run(transaction).await;
        let queue = self.leave(&home)?;
        let done = done?;
        let pipeline = queue.ready_to_share()?;
        if queue.is_empty() {
            return queue.finish(Vec::new()).map(|results| Some((done, results)));
        }
        match self.session.exchange(&pipeline).await {
            Ok(replies) => queue.finish(replies).map(|results| Some((done, results))),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(self.session.note(error)),
        }
    }
}

impl<R, B> Rerun<R, B> {
    fn enter(&mut self, home: &Arc<Mutex<Option<Left>>>) -> Transaction {
        let spent = self.session.spent();
        Transaction::new(std::mem::replace(&mut self.session, spent), home)
    }

    fn leave(&mut self, home: &Mutex<Option<Left>>) -> Result<crate::batch::Batch> {
        let left = home.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Left { session, queue }) = left else {
            return Err(Error::invalid_input("the transaction was kept beyond its closure"));
        };
        self.session = session;
        // The closure may have put another batch in its place.
        Ok(queue.atomic())
    }

    /// How long to pause after a conflict.
    fn pause(&mut self) -> Result<std::time::Duration> {
        self.conflicts += 1;
        let pause = pause(self.conflicts, fastrand::f64());
        if self.conflicts >= self.options.attempts || pause >= self.session.deadline().left(clock::now()) {
            let message = format!("a watched key was changed, {} times in a row", self.conflicts);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(pause)
    }
}
