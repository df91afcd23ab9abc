//! What is written once and compiled for each API.

use super::runtime;

mod attempt;
mod bulk;
mod execute;
mod keys;
mod service;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use self::execute::run_script;
pub use self::{execute::Execute, service::Service};
