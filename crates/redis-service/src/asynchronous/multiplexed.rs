//! One connection that all callers share.
//!
//! A caller pushes its commands into the queue (`queue`) and awaits a response (`request`). The driver, a
//! task (`driver`), opens the connection and takes the queued requests into its backlog (`backlog`,
//! `unsent`). The connection writes them and delivers each reply to its request (`connection`, `in_flight`).

mod backlog;
mod connection;
mod driver;
mod in_flight;
mod link;
mod queue;
mod request;
mod shared;
mod unsent;

pub(crate) use self::link::Link;
