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
    pub fn transaction<R, E, F>(&self, keys: &[impl AsKey], body: F) -> Result<R, E>
    where
        E: From<Error>,
        F: FnMut(Transaction) -> Result<R, E>,
    {
        self.transact_and_check(keys, body)
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
    pub fn transaction_with<R, E, F>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: F,
    ) -> Result<(R, BatchResults), E>
    where
        E: From<Error>,
        F: FnMut(Transaction) -> Result<R, E>,
    {
        self.transact("transaction_with", options, keys, body)
    }
}

impl<R, E, F: FnMut(Transaction) -> Result<R, E>> Body<R, E> for F {
    fn run(&mut self, transaction: Transaction) -> Result<R, E> {
        self(transaction)
    }
}
