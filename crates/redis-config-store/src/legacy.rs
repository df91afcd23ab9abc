//! The layout of the store that this one replaces: each key is a Redis key of its own. A string is version 1; a
//! list is the history, and its length the version. No authors, no times, no revisions, no log.

mod adopted;
mod backlog;
mod entry;
mod event;
mod held;
mod hints;
mod keys;
mod options;
mod reply;
mod script;

pub use self::{
    adopted::Adopted,
    entry::{LegacyEntry, LegacyVersioned},
    event::{LegacyChange, LegacyEvent},
    options::LegacyOptions,
};
pub(crate) use self::{
    backlog::Backlog,
    held::Held,
    hints::Hints,
    keys::{Prefix, base_of},
    reply::{Found, Look, Page, Written, trimmed},
    script::{HISTORY, LOOK, READ, TRIM, WRITE},
};
