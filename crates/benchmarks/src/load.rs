//! Callers that do one thing after the other for a while.

pub(crate) mod asynchronous;
pub(crate) mod threads;

use std::{sync::Arc, time::Duration};

use crate::{failure::Result, user::User};

/// What each caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Get,
    Set,
}

/// The keys that are read, and those that are written. Key number `n` holds user number `n`.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) read: Arc<[String]>,
    pub(crate) write: Arc<[String]>,
    pub(crate) users: Arc<[User]>,
}

impl Keys {
    pub(crate) fn new(count: u64) -> Self {
        Self {
            read: (0..count).map(|number| format!("user:{number}")).collect(),
            write: (0..count).map(|number| format!("written:{number}")).collect(),
            users: (0..count).map(User::new).collect(),
        }
    }

    fn place(&self, caller: usize, turn: u64) -> usize {
        // Callers start apart, so that they do not ask for the same keys at the same time.
        (caller * 37 + usize::try_from(turn).unwrap_or(0)) % self.users.len()
    }
}

/// Before what counts: connections are made, buffers have their size.
fn warm_up(time: Duration) -> Duration {
    time / 5
}

/// Fails unless it is the user that the key holds.
fn verify(found: Option<&User>, expected: &User) -> Result<()> {
    match found {
        Some(user) if user.id == expected.id => Ok(()),
        other => Err(format!("found {other:?} instead of user {}", expected.id).into()),
    }
}
