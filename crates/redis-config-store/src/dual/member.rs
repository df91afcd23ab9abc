use std::{path::PathBuf, sync::Weak, time::Duration};

use super::runtime::Mailbox;
use crate::{error::StoreError, options::StoreOptions, replica::Observer, watch::Backlog};

/// A store among those that share a local copy.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) number: u64,
    pub(super) interval: Duration,
    pub(super) snapshot_file: Option<PathBuf>,
    /// Why the snapshot file could not be read or written.
    pub(super) snapshot_error: Option<StoreError>,
    /// Whether it has, or had, watchers or live values.
    pub(super) is_following: bool,
    pub(super) watchers: Vec<Weak<Mailbox<Backlog>>>,
    pub(super) observers: Vec<Weak<dyn Observer>>,
}

impl Member {
    pub(super) fn new(number: u64, options: &StoreOptions) -> Self {
        Self {
            number,
            interval: options.interval,
            snapshot_file: options.snapshot_file.clone(),
            snapshot_error: None,
            is_following: false,
            watchers: Vec::new(),
            observers: Vec::new(),
        }
    }

    pub(super) fn close(self) {
        self.watchers.iter().filter_map(Weak::upgrade).for_each(|watcher| watcher.discard());
    }
}
