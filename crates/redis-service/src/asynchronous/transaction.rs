use super::{Body, Service, Transaction, runtime::example};
use crate::{
    batch::BatchResults,
    error::{Error, Result},
    transaction::TransactionOptions,
    values::AsKey,
};

impl Service {
    #[doc = include_str!("../dual/transaction/transaction.md")]
    ///
    #[doc = example!("transaction.md")]
    #[doc(alias = "WATCH")]
    #[doc(alias = "MULTI")]
    #[doc(alias = "EXEC")]
    pub async fn transaction<R, E, F, T>(&self, keys: &[impl AsKey], body: F) -> Result<R, E>
    where
        R: Send,
        E: From<Error> + Send,
        F: FnMut(Transaction) -> T + Send,
        T: Future<Output = Result<R, E>> + Send,
    {
        self.transact_and_check(keys, body).await
    }

    /// As [`transaction`](Self::transaction), and also returns the results of the queued commands, including
    /// the errors of single writes.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction).
    #[doc(alias = "WATCH")]
    #[doc(alias = "MULTI")]
    #[doc(alias = "EXEC")]
    pub async fn transaction_with<R, E, F, T>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: F,
    ) -> Result<(R, BatchResults), E>
    where
        R: Send,
        E: From<Error> + Send,
        F: FnMut(Transaction) -> T + Send,
        T: Future<Output = Result<R, E>> + Send,
    {
        self.transact("transaction_with", options, keys, body).await
    }
}

impl<R, E, F, T> Body<R, E> for F
where
    F: FnMut(Transaction) -> T + Send,
    T: Future<Output = Result<R, E>> + Send,
{
    fn run(&mut self, transaction: Transaction) -> impl Future<Output = Result<R, E>> + Send {
        self(transaction)
    }
}
