use super::scope::{Interest, Scope};
use crate::{error::StoreError, replica::WakeReason};

/// A store that the shared connection serves, or is to serve.
#[derive(Debug)]
pub(super) struct Subscriber<S> {
    pub(super) number: u64,
    pub(super) interest: Interest,
    pub(super) subscription: Subscription,
    /// The previous connection served it as well, and is still open.
    pub(super) is_handed_over: bool,
    /// Where its notices go.
    pub(super) sink: S,
}

/// The state of a store's subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subscription {
    /// No connection was attempted for it yet.
    Pending,
    /// A connection was attempted, and failed.
    Failed,
    /// The current connection serves it.
    Active,
}

/// A notice to a subscriber.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// Its replicator is to wake up.
    Wake(WakeReason),
    /// Whether the server tracks its keys.
    Tracking(Result<(), StoreError>),
    /// The server refused its channel.
    Refused(StoreError),
    /// No connection serves it.
    Unsubscribed(StoreError),
}

/// Notices, and where they go.
pub(crate) type Notices<S> = Vec<(S, Notice)>;

impl<S: Clone> Subscriber<S> {
    pub(super) fn new(number: u64, interest: Interest, sink: S) -> Self {
        Self { number, interest, subscription: Subscription::Pending, is_handed_over: false, sink }
    }

    /// The connection of this scope serves it. If it was active before, `reason` wakes it.
    pub(super) fn activate(
        &mut self,
        scope: &Scope,
        before: Option<&Scope>,
        reason: WakeReason,
    ) -> Notices<S> {
        let channel = &self.interest.channel;
        let is_new = self.subscription != Subscription::Active;
        let was_lost = before.is_some_and(|scope| scope.is_lost);
        let was_refused = before.is_some_and(|scope| scope.refusal(channel).is_some());
        let (refusal, mut notices) = (scope.refusal(channel), Vec::new());
        if let Some(error) = refusal.filter(|_| is_new || was_lost || !was_refused) {
            notices.push(Notice::Refused(error.clone()));
        }
        notices.extend(scope.tracking.clone().map(Notice::Tracking));
        // The server does not report what was written before the subscription.
        let mut reason =
            if is_new { WakeReason { is_doubtful: true, ..WakeReason::REQUEST } } else { reason };
        if refusal.is_none() && (is_new || was_lost || was_refused) {
            (reason.is_requested, reason.is_subscribed) = (true, true);
        }
        if reason.wakes() {
            notices.push(Notice::Wake(reason));
        }
        self.subscription = Subscription::Active;
        notices.into_iter().map(|notice| (self.sink.clone(), notice)).collect()
    }

    /// No connection serves it.
    pub(super) fn fail(
        &mut self,
        error: &StoreError,
        tracking: Option<&Result<(), StoreError>>,
    ) -> Notices<S> {
        let mut notices = vec![Notice::Unsubscribed(error.clone())];
        notices.extend(tracking.filter(|tracking| tracking.is_err()).cloned().map(Notice::Tracking));
        // After the first failure it polls.
        if self.subscription == Subscription::Pending {
            notices.push(Notice::Wake(WakeReason { is_doubtful: true, ..WakeReason::REQUEST }));
        }
        self.subscription = Subscription::Failed;
        notices.into_iter().map(|notice| (self.sink.clone(), notice)).collect()
    }
}
