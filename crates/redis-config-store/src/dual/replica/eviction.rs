use super::{
    super::runtime::{Service, dual},
    Replica,
};
use crate::status::Eviction;

#[dual]
impl Replica {
    /// Reads whether the server may evict the store's keys. Returns whether the server answered; a missing answer is not
    /// a failure.
    pub(in super::super) async fn check_eviction(&self, redis: &Service) -> bool {
        let info = redis.command("INFO").arg("memory").run::<String>().await;
        let is_answered = !info.as_ref().is_err_and(redis_service::Error::is_unavailable);
        let eviction = info.map_or(Eviction::Unknown, |info| Eviction::parse(&info));
        let is_new = self.hub().health.record_eviction(eviction.clone());
        if let (Eviction::Possible(policy), true) = (eviction, is_new) {
            tracing::warn!(policy, "the server may evict configuration when its memory is full");
        }
        is_answered
    }
}
