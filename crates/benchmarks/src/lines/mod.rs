//! The lines of work, each group in a file of its own.
//!
//! `rate_limit`, `lock` and `session_load` come with the features that they measure.

mod async_typed;
mod blocking_typed;
mod config_change;
mod delayed;
mod delete_matching;
mod get_many;
mod live;
mod script;
mod small_among_large;
mod tasks;

pub(crate) use self::live::open as open_live;
use crate::{arena::Arena, arguments::Arguments, failure::Result, harness::Line};

type Group = for<'a> fn(&'a Arena, &Arguments) -> Result<Vec<Line<'a>>>;

/// In the order in which they run.
pub(crate) const ALL: [Group; 10] = [
    async_typed::lines,
    delayed::lines,
    small_among_large::lines,
    blocking_typed::lines,
    get_many::lines,
    script::lines,
    live::lines,
    config_change::lines,
    tasks::lines,
    delete_matching::lines,
];
