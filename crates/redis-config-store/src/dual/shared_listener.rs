mod ear;
mod listening;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis_service::extension::RawEvent;

use self::{
    ear::{Ear, tell},
    listening::Listening,
};
use super::{
    THREAD,
    follow::{RETRY, WHEN_BLIND},
    runtime::{self, Mailbox, Service},
    store::Shared,
};
use crate::{
    StoreError,
    roster::{Interest, Roster, Scope, Words},
    wake::Wake,
};

/// One connection that listens for all stores of a service, and has each told what concerns it.
///
/// It is kept with the service, so it holds none: what keeps a service is its stores, and the attempt to listen that
/// is under way.
#[derive(Debug)]
pub(super) struct SharedListener {
    state: Mutex<State>,
    /// Wakes who listens.
    wake: Mailbox<Wake>,
}

#[derive(Debug, Default)]
struct State {
    roster: Roster<Arc<Ear>>,
    /// Whether a task listens for the members.
    is_running: bool,
}

/// That a store is listened for. Dropping it ends that.
pub(super) struct Membership {
    listener: Arc<SharedListener>,
    number: u64,
}

impl Shared {
    /// Has the store listened for, on the connection that all stores of the service share; and says whether that is
    /// what is done next.
    pub(super) fn join(self: &Arc<Self>) -> (Membership, bool) {
        let extension = self.redis.extension();
        let listener = extension.slot(SharedListener::new);
        let interest =
            Interest { channel: self.channel.clone(), log: self.log.clone(), prefix: self.prefix.clone() };
        let (number, words, is_next, was_running) = {
            let mut state = listener.state();
            let (number, words) = state.roster.join(interest, Arc::new(Ear::new(self)));
            let is_next = !words.is_empty() || !state.roster.is_moving();
            (number, words, is_next, std::mem::replace(&mut state.is_running, true))
        };
        tell(words);
        if was_running {
            listener.wake.put(Wake::call);
        } else {
            extension.spawn(Listening::new(Arc::clone(&listener)));
        }
        (Membership { listener, number }, is_next)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.listener.state().roster.leave(self.number);
        self.listener.wake.put(Wake::call);
    }
}

impl SharedListener {
    fn new() -> Self {
        Self { state: Mutex::default(), wake: Mailbox::new(Wake::default()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nobody is told anything while it is held, and no service is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a connection heard, on the thread or task that reads it.
    fn hear(&self, connection: u64, event: RawEvent) {
        let words = self.words(connection, event);
        tell(words);
    }

    fn words(&self, connection: u64, event: RawEvent) -> Words<Arc<Ear>> {
        let roster = &mut self.state().roster;
        match event {
            // The same commit, which was announced already, also cut off the end of the log.
            RawEvent::Message { payload, .. } if payload == b"xtrim" => {}
            RawEvent::Message { channel, .. } => return roster.announced(&channel),
            RawEvent::Invalidated(what) => return roster.invalidated(&what),
            RawEvent::Tracking(tracking) => {
                return roster.tracking(connection, &tracking.map_err(StoreError::from));
            }
            RawEvent::Refused { channel, error, .. } => {
                roster.refused(connection, channel, StoreError::from(error));
            }
            RawEvent::Gap(_) => return roster.gap(connection),
            _ => {}
        }
        Words::new()
    }

    /// A connection is heard no more: it was replaced, or the service was closed.
    fn end(&self, connection: u64) {
        let words = self.state().roster.ended(connection);
        tell(words);
        self.wake.put(Wake::call);
    }

    /// A service to connect with, if anybody still has one, and what to listen to.
    fn begin(&self) -> Option<(Service, Scope)> {
        let ears: Vec<Arc<Ear>> = self.state().roster.ears().cloned().collect();
        let redis = ears.iter().find_map(|ear| ear.shared.upgrade())?.redis.clone();
        Some((redis, self.state().roster.begin()))
    }

    /// How long to wait after a failure: as whoever looks most often does.
    fn pause(&self) -> Duration {
        let least = self.state().roster.ears().map(|ear| ear.interval).min();
        RETRY.max(least.unwrap_or_default() / WHEN_BLIND)
    }
}

/// Tells the listener when a connection is heard no more.
struct End {
    listener: Arc<SharedListener>,
    connection: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        self.listener.end(self.connection);
    }
}
