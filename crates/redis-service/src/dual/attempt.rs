use super::{Execute, runtime::dual};
use crate::{Category, Command, Deadline, Pipeline, Reply, Result, ScriptCall};

/// What a link can be asked to do, once.
#[dual(AFIT)]
pub(super) trait Attempt: Sync {
    type Output: Send;

    /// What doing it twice would do.
    fn category(&self) -> Category;

    fn attempt(
        &self,
        link: &impl Execute,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

#[dual(AFIT)]
impl Attempt for Command {
    type Output = Reply;

    fn category(&self) -> Category {
        self.category()
    }

    async fn attempt(&self, link: &impl Execute, deadline: Deadline) -> Result<Reply> {
        link.run(self, deadline).await.map_err(|error| self.settle(error))
    }
}

#[dual(AFIT)]
impl Attempt for Pipeline {
    type Output = Vec<Result<Reply>>;

    fn category(&self) -> Category {
        self.category()
    }

    async fn attempt(&self, link: &impl Execute, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        link.pipeline(self, deadline).await
    }
}

#[dual(AFIT)]
impl Attempt for ScriptCall {
    type Output = Reply;

    fn category(&self) -> Category {
        self.category()
    }

    async fn attempt(&self, link: &impl Execute, deadline: Deadline) -> Result<Reply> {
        link.script(self, deadline).await
    }
}
