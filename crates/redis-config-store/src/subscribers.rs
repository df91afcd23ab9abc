//! The stores that share one subscribing connection.

mod scope;
mod signal;
mod subscriber;
#[cfg(test)]
mod tests;

use redis_service::pubsub::Invalidation;

use self::subscriber::{Subscriber, Subscription};
pub(crate) use self::{
    scope::{Interest, Scope},
    signal::Signal,
    subscriber::{Notice, Notices},
};
use crate::{error::StoreError, replica::WakeReason};

/// The stores that share a subscribing connection: what it subscribes to, and which of them a message concerns.
///
/// A store that joins when the connection does not cover its interest needs another connection, which takes the place of
/// the present one once the server has confirmed it. Until then messages of both are delivered: a second delivery has no
/// effect.
///
/// `S` is where a store's notices go.
#[derive(Debug)]
pub(crate) struct Subscribers<S> {
    subscribers: Vec<Subscriber<S>>,
    /// Counts subscribers and connections.
    numbers: u64,
    /// The scope of the confirmed connection.
    current: Option<Scope>,
    /// The scope of the connection that is not confirmed yet.
    coming: Option<Scope>,
}

impl<S> Default for Subscribers<S> {
    fn default() -> Self {
        Self { subscribers: Vec::new(), numbers: 0, current: None, coming: None }
    }
}

impl<S: Clone> Subscribers<S> {
    /// Adds a subscriber, and returns its number. If the present connection covers its interest, it is notified of that.
    pub(crate) fn add(&mut self, interest: Interest, sink: S) -> (u64, Notices<S>) {
        let number = self.number();
        let mut subscriber = Subscriber::new(number, interest, sink);
        let serves = |scope: &&Scope| !scope.is_lost && scope.covers(&subscriber.interest);
        let current = self.current.as_ref().filter(serves);
        let notices =
            current.map(|scope| subscriber.activate(scope, None, WakeReason::default())).unwrap_or_default();
        self.subscribers.push(subscriber);
        (number, notices)
    }

    /// Removes a subscriber. The connection keeps its subscription until the next connection.
    pub(crate) fn remove(&mut self, number: u64) {
        self.subscribers.retain(|subscriber| subscriber.number != number);
    }

    /// Forgets the connections, because none is open.
    pub(crate) fn forget_connections(&mut self) {
        // The numbers continue: a late message of an old connection is not taken for one of another.
        (self.current, self.coming) = (None, None);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.subscribers.is_empty()
    }

    pub(crate) fn sinks(&self) -> impl Iterator<Item = &S> {
        self.subscribers.iter().map(|subscriber| &subscriber.sink)
    }

    /// Whether no connection has been attempted yet for one of the subscribers.
    pub(crate) fn has_pending(&self) -> bool {
        self.subscribers.iter().any(|subscriber| subscriber.subscription == Subscription::Pending)
    }

    /// Whether the connection does not serve one of the subscribers.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.subscribers.iter().any(|subscriber| subscriber.subscription != Subscription::Active)
    }

    /// Begins a connection for all subscribers. Returns what it is to subscribe to.
    pub(crate) fn begin(&mut self) -> Scope {
        let number = self.number();
        let scope = Scope::new(number, self.subscribers.iter().map(|subscriber| &subscriber.interest));
        self.coming.insert(scope).clone()
    }

    /// The server has confirmed the new connection, which takes the place of the previous one. `None` if it has ended
    /// already.
    pub(crate) fn confirmed(&mut self, number: u64) -> Option<Notices<S>> {
        let mut scope = self.coming.take_if(|scope| scope.number == number && !scope.has_ended)?;
        scope.commit_refusals();
        let before = self.current.replace(scope);
        for subscriber in &mut self.subscribers {
            subscriber.is_handed_over = subscriber.subscription == Subscription::Active;
        }
        Some(self.activate(before.as_ref(), WakeReason::default()))
    }

    /// Whether a connection is about to replace another, or just did.
    pub(crate) fn is_handing_over(&self) -> bool {
        let is_begun = self.current.is_some() && self.coming.is_some();
        is_begun || self.subscribers.iter().any(|subscriber| subscriber.is_handed_over)
    }

    /// The previous connection is closed. A synchronization finds what it did not deliver.
    pub(crate) fn previous_closed(&mut self) -> Notices<S> {
        let synchronize = |subscriber: &mut Subscriber<S>| {
            let was_handed_over = std::mem::take(&mut subscriber.is_handed_over);
            was_handed_over.then(|| (subscriber.sink.clone(), Notice::Wake(WakeReason::REQUEST)))
        };
        self.subscribers.iter_mut().filter_map(synchronize).collect()
    }

    /// The new connection failed. The present one stays, if there is one.
    pub(crate) fn failed(&mut self, number: u64, error: &StoreError) -> Notices<S> {
        let Some(scope) = self.coming.take_if(|scope| scope.number == number) else { return Vec::new() };
        let is_concerned = |subscriber: &&mut Subscriber<S>| {
            subscriber.subscription != Subscription::Active && scope.covers(&subscriber.interest)
        };
        let fail = |subscriber: &mut Subscriber<S>| subscriber.fail(error, scope.tracking.as_ref());
        self.subscribers.iter_mut().filter(is_concerned).flat_map(fail).collect()
    }

    /// A connection ended for good.
    pub(crate) fn ended(&mut self, number: u64) -> Notices<S> {
        if let Some(scope) = self.scope(number) {
            scope.has_ended = true;
        }
        if self.current.take_if(|scope| scope.number == number).is_none() {
            return Vec::new();
        }
        let end = |subscriber: &mut Subscriber<S>| {
            subscriber.subscription = Subscription::Pending;
            (subscriber.sink.clone(), Notice::Wake(WakeReason::REQUEST))
        };
        let active = self.subscribers.iter_mut();
        active.filter(|subscriber| subscriber.subscription == Subscription::Active).map(end).collect()
    }

    /// No connection will be opened any more, for a reason.
    pub(crate) fn abandoned(&mut self, error: &StoreError) -> Notices<S> {
        self.forget_connections();
        let fail = |subscriber: &mut Subscriber<S>| {
            subscriber.subscription = Subscription::Pending;
            subscriber.fail(error, None)
        };
        self.subscribers.iter_mut().flat_map(fail).collect()
    }

    /// A notification arrived on a channel.
    pub(crate) fn notified(&self, channel: &[u8]) -> Notices<S> {
        let reason = WakeReason { is_notified: true, ..WakeReason::default() };
        let concerned = self.subscribers.iter().filter(|subscriber| subscriber.interest.channel == channel);
        concerned.map(|subscriber| (subscriber.sink.clone(), Notice::Wake(reason))).collect()
    }

    /// The server invalidated keys.
    pub(crate) fn invalidated(&self, what: &Invalidation) -> Notices<S> {
        let notice = |subscriber: &Subscriber<S>| {
            let is_doubtful = match what {
                Invalidation::Keys(keys) => subscriber.interest.is_doubtful(keys)?,
                _ => false,
            };
            let reason = WakeReason { is_invalidated: true, is_doubtful, ..WakeReason::default() };
            Some((subscriber.sink.clone(), Notice::Wake(reason)))
        };
        self.subscribers.iter().filter_map(notice).collect()
    }

    /// A connection reports whether the server tracks keys. That is its first report whenever it subscribes.
    pub(crate) fn tracking(&mut self, number: u64, tracking: &Result<(), StoreError>) -> Notices<S> {
        let Some(scope) = self.scope(number) else { return Vec::new() };
        scope.restart(tracking.clone());
        if self.current.as_ref().is_none_or(|scope| scope.number != number) {
            return Vec::new();
        }
        let active =
            self.subscribers.iter().filter(|subscriber| subscriber.subscription == Subscription::Active);
        active.map(|subscriber| (subscriber.sink.clone(), Notice::Tracking(tracking.clone()))).collect()
    }

    /// The server refused a channel to a connection. Subscribers are notified once the connection has subscribed.
    pub(crate) fn refused(&mut self, number: u64, channel: Vec<u8>, error: StoreError) {
        if let Some(scope) = self.scope(number) {
            scope.refuse(channel, error);
        }
    }

    /// A connection was lost, or did not subscribe again: it delivers nothing at present.
    pub(crate) fn lost(&mut self, number: u64, error: &StoreError) -> Notices<S> {
        let Some(scope) = self.current.as_mut().filter(|scope| scope.number == number) else {
            return Vec::new();
        };
        let was_lost = std::mem::replace(&mut scope.is_lost, true);
        let active =
            self.subscribers.iter().filter(|subscriber| subscriber.subscription == Subscription::Active);
        let notices = active.flat_map(|subscriber| {
            let unsubscribed = Notice::Unsubscribed(error.clone());
            // From now on the store polls.
            let wake = (!was_lost).then_some(Notice::Wake(WakeReason::REQUEST));
            [Some(unsubscribed), wake].into_iter().flatten().map(|notice| (subscriber.sink.clone(), notice))
        });
        notices.collect()
    }

    /// A connection was lost and has subscribed again: messages may be missing.
    pub(crate) fn reconnected(&mut self, number: u64) -> Notices<S> {
        let Some(scope) = self.current.as_mut().filter(|scope| scope.number == number) else {
            return Vec::new();
        };
        let before = scope.clone();
        scope.is_lost = false;
        scope.commit_refusals();
        let reason = WakeReason { is_reconnected: true, ..WakeReason::REQUEST };
        self.activate(Some(&before), reason)
    }

    /// Notifies all subscribers how the current connection serves them; those that were active before, of `reason` as
    /// well.
    fn activate(&mut self, before: Option<&Scope>, reason: WakeReason) -> Notices<S> {
        let Some(scope) = &self.current else { return Vec::new() };
        let activate = |subscriber: &mut Subscriber<S>| {
            if scope.covers(&subscriber.interest) {
                return subscriber.activate(scope, before, reason);
            }
            // It joined while this connection was set up, and the one before covered it.
            if subscriber.subscription == Subscription::Active {
                subscriber.subscription = Subscription::Pending;
            }
            Vec::new()
        };
        self.subscribers.iter_mut().flat_map(activate).collect()
    }

    fn scope(&mut self, number: u64) -> Option<&mut Scope> {
        [&mut self.current, &mut self.coming].into_iter().flatten().find(|scope| scope.number == number)
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
