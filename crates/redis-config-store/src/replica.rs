//! The local copy of a namespace: what it holds, how a reply changes it, and how current it is.

mod checkpoint;
mod entry_cache;
mod health;
mod live_cell;
mod mirror;
mod snapshot;
mod snapshot_progress;
mod update;
mod wake_reason;

pub(crate) use self::{
    entry_cache::{EntryCache, Known},
    health::Health,
    live_cell::{CellStatus, LiveCell},
    mirror::{Mirror, Position, Transition},
    snapshot::{Unfit, decode as decode_snapshot, encode as encode_snapshot},
    snapshot_progress::SnapshotProgress,
    update::{Observer, Update, Updates},
    wake_reason::WakeReason,
};
