use super::{Body, Service, Transaction, runtime::example};
use crate::{batch::BatchResults, error::Result, transaction::TransactionOptions, values::AsKey};

impl Service {
    #[doc = include_str!("../dual/transaction/transaction.md")]
    ///
    #[doc = example!("transaction.md")]
    pub fn transaction<R, F>(&self, keys: &[impl AsKey], body: F) -> Result<R>
    where
        F: FnMut(Transaction) -> Result<R>,
    {
        self.transact_and_check(keys, body)
    }

    /// As [`transaction`](Self::transaction), and hands back the results of what was queued as well, failures
    /// of single writes among them.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction).
    pub fn transaction_with<R, F>(
        &self,
        options: TransactionOptions,
        keys: &[impl AsKey],
        body: F,
    ) -> Result<(R, BatchResults)>
    where
        F: FnMut(Transaction) -> Result<R>,
    {
        self.transact("transaction_with", options, keys, body)
    }
}

impl<R, F: FnMut(Transaction) -> Result<R>> Body<R> for F {
    fn run(&mut self, transaction: Transaction) -> Result<R> {
        self(transaction)
    }
}
