use super::runtime::Mailbox;
use crate::{backlog::Backlog, hints::Hints};

/// What a watcher shares with the follower that checks Redis for it.
#[derive(Debug)]
pub(super) struct Inbox {
    /// What the follower finds, for the watcher.
    pub(super) events: Mailbox<Backlog>,
    /// What wakes the follower.
    pub(super) hints: Mailbox<Hints>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { events: Mailbox::new(Backlog::default()), hints: Mailbox::new(Hints::default()) }
    }

    /// Discards what is queued; nothing more is delivered.
    pub(super) fn close(&self) {
        self.events.discard();
        self.hints.discard();
    }
}
