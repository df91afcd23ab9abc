use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Execute, connection::Connection};
use crate::{
    clock,
    error::{Error, ErrorKind, Result},
    health::ConnectionStatus,
    protocol::{Command, Pipeline, Reply},
    resilience::Deadline,
    topology::Endpoint,
};

/// A pool of connections to one server.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    pool: r2d2::Pool<Slots>,
    endpoint: Arc<Endpoint>,
    /// How often every connection was to be replaced.
    reconnects: AtomicU64,
    closed: AtomicBool,
    /// How many connections are open.
    open: Arc<AtomicU32>,
}

impl Link {
    /// A link that connects when it is first used.
    pub(crate) fn open(endpoint: Arc<Endpoint>) -> Self {
        let pool = r2d2::Pool::builder()
            .max_size(endpoint.config.pool_size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build_unchecked(Slots);
        Self(Arc::new(Inner {
            pool,
            endpoint,
            reconnects: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            open: Arc::default(),
        }))
    }

    /// # Errors
    ///
    /// `Closed` if the link was closed.
    fn check_open(&self) -> Result<()> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(Error::closed());
        }
        Ok(())
    }

    /// Runs `exchange` on a connection of the pool, which is dropped if that fails.
    fn with_connection<T>(
        &self,
        deadline: Deadline,
        exchange: impl FnOnce(&mut Connection, Deadline) -> Result<T>,
    ) -> Result<T> {
        let Inner { pool, endpoint, open, .. } = &*self.0;
        self.check_open()?;
        let now = clock::now();
        if deadline.has_passed(now) {
            return Err(Deadline::passed());
        }
        let wait = deadline.or_after(now, endpoint.config.acquire_timeout).left(now);
        let mut slot = pool.get_timeout(wait).map_err(|_| pool_timeout(wait))?;

        // Taken out: it goes back only if all went well.
        let pooled = slot.0.take();
        // In this order: what is opened once the link is closed is then never of the current generation.
        let current = self.generation();
        self.check_open()?;
        let pooled = pooled.filter(|pooled| pooled.generation == current).and_then(|mut pooled| {
            let is_usable = pooled.connection.is_usable(&endpoint.config, deadline);
            is_usable.then_some(pooled)
        });
        let mut pooled = match pooled {
            Some(pooled) => pooled,
            None => {
                let connection = Connection::open(endpoint, deadline)?;
                // Logging in is when a rotation is noticed; this connection is the first of the new ones.
                let generation = Generation { rotations: endpoint.rotations(), ..current };
                Pooled::new(connection, generation, open)
            }
        };
        let current = pooled.generation;
        let patience = deadline.or_after(clock::now(), endpoint.config.response_timeout);
        let answered = exchange(&mut pooled.connection, patience)?;
        // Not if it was condemned meanwhile: an idle connection would stay open.
        if self.generation() == current {
            slot.0 = Some(pooled);
            drop(slot);
            // Condemned between that look and its return: it was not among the idle ones that were dropped.
            if self.generation() != current {
                self.drop_idle();
            }
        }
        Ok(answered)
    }

    /// Changes whenever connections that are open must be replaced.
    fn generation(&self) -> Generation {
        let Inner { reconnects, endpoint, .. } = &*self.0;
        Generation { reconnects: reconnects.load(Ordering::Acquire), rotations: endpoint.rotations() }
    }

    fn drop_idle(&self) {
        let pool = &self.0.pool;
        // Until there is none: what others put back meanwhile may come before what is to be dropped.
        let mut slots: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
        for slot in &mut slots {
            slot.0 = None;
        }
    }

    /// Looks at what the server answered: some errors mean that no connection to it is to be used again.
    fn heed<T>(&self, answer: Result<T>) -> Result<T> {
        if answer.as_ref().is_err_and(Error::condemns_connection) {
            self.reconnect();
        }
        answer
    }
}

impl Execute for Link {
    fn run(&self, command: &Command, deadline: Deadline) -> Result<Reply> {
        let value = self.with_connection(deadline, |connection, deadline| {
            let value = connection.exchange_one(deadline, |wire| command.write_to(wire))?;
            if command.reply_types().contain(&value) { Ok(value) } else { Err(Error::out_of_step()) }
        })?;
        self.heed(Reply::from_server(value))
    }

    fn pipeline(&self, pipeline: &Pipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        let values = self.with_connection(deadline, |connection, deadline| {
            connection.exchange_many(pipeline.replies(), deadline, |wire| pipeline.write_to(wire))
        })?;
        let replies = self.heed(pipeline.parse_replies(values)).inspect_err(|error| {
            if error.kind() == ErrorKind::Protocol {
                self.out_of_step();
            }
        })?;
        Ok(replies.into_iter().map(|reply| self.heed(reply)).collect())
    }

    fn reconnect(&self) {
        self.0.reconnects.fetch_add(1, Ordering::AcqRel);
        // Those that are idle go at once, those in use when they are given back.
        self.drop_idle();
    }

    /// Which of them it was is known no longer; each is dropped when it is given back.
    fn out_of_step(&self) {
        self.reconnect();
    }

    fn refresh(&self) {
        if self.0.endpoint.has_rotated() {
            self.reconnect();
        }
    }

    /// Drops every connection; calls fail with `Closed` from now on. Those under way are let finish.
    fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.reconnect();
    }

    fn status(&self) -> ConnectionStatus {
        let Inner { pool, open, .. } = &*self.0;
        let state = pool.state();
        ConnectionStatus {
            open: open.load(Ordering::Relaxed),
            in_use: state.connections.saturating_sub(state.idle_connections),
            limit: pool.max_size(),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("pool", &self.0.pool.state()).finish_non_exhaustive()
    }
}

fn pool_timeout(waited: Duration) -> Error {
    Error::new(ErrorKind::PoolTimeout, format!("all connections were busy for {waited:?}"))
}

/// What r2d2 manages: places for connections, not connections.
///
/// r2d2 would connect on threads of its own, retry with pauses of up to 15 s, and hide the error. So a place
/// is made without I/O, and its connection is opened by the thread that needs it, within its own deadline.
struct Slots;

#[derive(Default)]
struct Slot(Option<Pooled>);

/// Connections of an older generation are dropped when they are next taken or given back.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Generation {
    reconnects: u64,
    rotations: u64,
}

struct Pooled {
    connection: Connection,
    generation: Generation,
    open: Arc<AtomicU32>,
}

impl Pooled {
    fn new(connection: Connection, generation: Generation, open: &Arc<AtomicU32>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self { connection, generation, open: Arc::clone(open) }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl r2d2::ManageConnection for Slots {
    type Connection = Slot;
    type Error = Infallible;

    fn connect(&self) -> Result<Slot, Infallible> {
        Ok(Slot::default())
    }

    fn is_valid(&self, _: &mut Slot) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Slot) -> bool {
        false
    }
}
