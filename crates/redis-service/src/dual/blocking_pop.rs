use std::time::Duration;

use super::{
    dedicated::Dedicated,
    runtime::{SendIfAsync, dual},
    typed_key::TypedKey,
};
use crate::{
    clock,
    error::Result,
    operations::{KeyScope, OperationResult},
    values::BlockTime,
};

#[dual]
impl TypedKey {
    /// Runs a blocking operation on a connection of the caller's own, again and again, until it returns something or
    /// the time is over.
    pub(super) async fn wait<T: Send>(
        &self,
        connection: &mut Dedicated,
        wait: BlockTime,
        make: impl Fn(KeyScope<'_>, Result<Duration>) -> OperationResult<Option<T>> + SendIfAsync,
    ) -> Result<Option<T>> {
        let scope = self.client().scope();
        let begun = clock::now();
        let mut block = wait.first();
        loop {
            let found = connection.run_in(scope, make(scope.on(self.key()), block)).await?;
            let next = wait.slice(clock::now().saturating_duration_since(begun));
            match (found, next) {
                (None, Some(next)) => block = Ok(next),
                (found, _) => return Ok(found),
            }
        }
    }
}
