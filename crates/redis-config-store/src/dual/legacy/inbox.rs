use super::super::runtime::Mailbox;
use crate::legacy::{Backlog, Hints};

/// What a watcher shares with whoever follows Redis for it.
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

    /// Nothing more is told, not even what is there.
    pub(super) fn close(&self) {
        self.events.discard();
        self.hints.discard();
    }
}
