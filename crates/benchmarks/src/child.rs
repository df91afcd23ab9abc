//! Work in a process of its own, for what is measured of a whole process.

mod crowd;
mod process;
mod repeat;
mod sweep;

pub(crate) use self::{crowd::Crowd, repeat::Repeat, sweep::Sweep};
use crate::failure::Result;

/// The first argument of a child.
pub(crate) const FLAG: &str = "--child";

pub(crate) fn run(words: &[String]) -> Result<()> {
    match words.split_first() {
        Some((first, rest)) if first == "repeat" => Repeat::parse(rest)?.run(),
        Some((first, rest)) if first == "crowd" => Crowd::parse(rest)?.run(),
        Some((first, rest)) if first == "sweep" => Sweep::parse(rest)?.run(),
        _ => Err("what should the child do?".into()),
    }
}
