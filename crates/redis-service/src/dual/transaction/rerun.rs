use std::sync::{Arc, Mutex, PoisonError};

use super::{
    super::{
        Service,
        runtime::{SendIfAsync, dual, sleep},
    },
    Left, Session, Transaction,
};
use crate::{
    AsKey, Category, Deadline, Error, ErrorKind, Outcome, Result, Results, TransactionOptions, bulk::on_keys,
    call::Call, clock, retry::Attempts, transaction::pause,
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
        call: Call<'_>,
        options: TransactionOptions,
        keys: &[impl AsKey],
        mut body: B,
    ) -> Result<(R, Results)> {
        let whole = keys.iter().map(|key| call.name(self.root().key(key))).collect::<Result<Vec<_>>>()?;
        call.name(self.terms().check_slots(whole.iter().map(Vec::as_slice)))?;
        let now = clock::now();
        let deadline = Deadline::after(now, self.deadline());
        // Before the breaker: a caller without time says nothing about the server.
        if deadline.has_passed(now) {
            return Err(call.blame(Deadline::passed()));
        }
        let permit = call.name(self.shared().breaker.admit(now))?;
        let session = Session::new(self.clone(), deadline);
        let mut rerun = Rerun { session, keys: whole, conflicts: 0, trouble: None };
        let result = rerun.settle(options, &mut body).await;
        // Of the closure's own errors the breaker knows nothing.
        let health = rerun.trouble.map_or(Ok(()), Err);
        permit.report(&health, clock::now(), fastrand::f64());
        self.shared().notice(&health);
        call.name(result)
    }

    /// As [`transact`](Self::transact), and a write that failed is the error of the whole.
    pub(crate) async fn transact_and_check<R: SendIfAsync, B: Body<R>>(
        &self,
        keys: &[impl AsKey],
        body: B,
    ) -> Result<R> {
        let call = Call::new("transaction");
        let (done, mut results) = self.transact(call, TransactionOptions::default(), keys, body).await?;
        let checked = results.check();
        checked.map_err(
            |error| {
                if results.any_applied() { error.with_outcome(Outcome::Applied) } else { error }
            },
        )?;
        Ok(done)
    }
}

/// The attempts of one call.
struct Rerun {
    session: Session,
    keys: Vec<Vec<u8>>,
    conflicts: u32,
    /// What went wrong in the last attempt, the closure's own errors aside.
    trouble: Option<Error>,
}

#[dual]
impl Rerun {
    /// Attempts it until it is done, or there is no point in going on.
    async fn settle<R: SendIfAsync, B: Body<R>>(
        &mut self,
        options: TransactionOptions,
        body: &mut B,
    ) -> Result<(R, Results)> {
        let service = self.session.service().clone();
        let (retry, budget) = service.retrying();
        let deadline = self.session.deadline();
        let mut attempts = Attempts::new(retry, budget, deadline);
        loop {
            let attempted = self.attempt(body).await;
            self.trouble = self.session.take_trouble();
            let pause = match attempted {
                Ok(Some(done)) => {
                    attempts.succeeded();
                    return Ok(done);
                }
                Ok(None) => self.pause(options.attempts)?,
                Err(error) if self.trouble.is_none() => return Err(error),
                Err(error) => attempts.failed(error, Category::Never, clock::now(), fastrand::f64())?,
            };
            sleep(pause).await;
        }
    }

    /// Watches, runs the closure, and writes what it has queued; `None` if somebody else was faster.
    async fn attempt<R: SendIfAsync, B: Body<R>>(&mut self, body: &mut B) -> Result<Option<(R, Results)>> {
        self.session.open().await?;
        if !self.keys.is_empty() {
            let watched = self.session.ask(&on_keys("WATCH", &self.keys)).await;
            watched.map_err(|error| self.session.note(error))?;
        }
        let home = Arc::new(Mutex::new(None));
        let done = body.run(self.enter(&home)).await;
        let queue = self.leave(&home)?;
        let done = done?;
        let pipeline = queue.ready()?;
        if queue.is_empty() {
            return queue.settle(Vec::new()).map(|results| Some((done, results)));
        }
        match self.session.exchange(pipeline).await {
            Ok(replies) => queue.settle(replies).map(|results| Some((done, results))),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) => Err(self.session.note(error)),
        }
    }
}

impl Rerun {
    fn enter(&mut self, home: &Arc<Mutex<Option<Left>>>) -> Transaction {
        let spent = self.session.spent();
        Transaction::new(std::mem::replace(&mut self.session, spent), home)
    }

    fn leave(&mut self, home: &Mutex<Option<Left>>) -> Result<crate::Batch> {
        let left = home.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Left { session, queue }) = left else {
            return Err(Error::invalid_input("the transaction was kept beyond its closure"));
        };
        self.session = session;
        Ok(queue)
    }

    /// How long to pause after a conflict.
    fn pause(&mut self, attempts: u32) -> Result<std::time::Duration> {
        self.conflicts += 1;
        let pause = pause(self.conflicts, fastrand::f64());
        if self.conflicts >= attempts || pause >= self.session.deadline().left(clock::now()) {
            let message = format!("a watched key was changed, {} times in a row", self.conflicts);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(pause)
    }
}
