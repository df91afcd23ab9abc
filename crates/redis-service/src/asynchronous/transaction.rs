use super::{Body, Service, Transaction, runtime::example};
use crate::{batch::BatchResults, error::Result, transaction::TransactionOptions, values::AsKey};

impl Service {
    #[doc = include_str!("../dual/transaction/transaction.md")]
    ///
    #[doc = example!("transaction.md")]
    pub async fn transaction<R, F, T>(&self, keys: &[impl AsKey], body: F) -> Result<R>
    where
        R: Send,
        F: FnMut(Transaction) -> T + Send,
        T: Future<Output = Result<R>> + Send,
    {
        self.transact_and_check(keys, body).await
    }

    /// As [`transaction`](Self::transaction), and hands back the results of what was queued as well, failures
    /// of single writes among them.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction).
    pub async fn transaction_with<R, F, T>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: F,
    ) -> Result<(R, BatchResults)>
    where
        R: Send,
        F: FnMut(Transaction) -> T + Send,
        T: Future<Output = Result<R>> + Send,
    {
        self.transact("transaction_with", options, keys, body).await
    }
}

impl<R, F, T> Body<R> for F
where
    F: FnMut(Transaction) -> T + Send,
    T: Future<Output = Result<R>> + Send,
{
    fn run(&mut self, transaction: Transaction) -> impl Future<Output = Result<R>> + Send {
        self(transaction)
    }
}
