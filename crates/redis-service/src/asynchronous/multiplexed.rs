//! One connection that all callers share.
//!
//! A caller pushes its commands into the queue (`queue`) and awaits a response (`request`). The driver, a task
//! (`driver`), opens the connection, takes what was pushed into its backlog (`backlog`, `unsent`), and has the connection
//! write it and hand each reply to whoever it is for (`connection`, `in_flight`).

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
