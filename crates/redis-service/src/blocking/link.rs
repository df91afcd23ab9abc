use std::{
    convert::Infallible,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Execute, connection::Connection, pool_thread};
use crate::{
    clock,
    error::{Error, ErrorKind, Result, Rounded},
    health::ConnectionStatus,
    protocol::{Command, RawPipeline, Reply},
    resilience::Deadline,
    topology::Endpoint,
};

/// How often the pool looks for old connections.
const OLD_CHECK: Duration = Duration::from_secs(30);
/// An idle connection is closed after this time without a call.
const LONGEST_IDLE: Duration = Duration::from_secs(10 * 60);
/// An idle connection is closed this long after it was opened, even if it is used.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);

/// A pool of connections to one server.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    /// `None` once the link is closed: a handle that is kept then keeps no thread. Calls under way still have it.
    pool: RwLock<Option<Pool>>,
    endpoint: Arc<Endpoint>,
    /// How many times the replacement of every connection was requested.
    reconnects: AtomicU64,
    /// The number of open connections.
    open: Arc<AtomicU32>,
}

type Pool = r2d2::Pool<SlotManager>;

impl Link {
    /// A link that connects at its first use.
    ///
    /// # Errors
    ///
    /// `Connection` if the system provides no thread.
    pub(crate) fn open(endpoint: Arc<Endpoint>) -> Result<Self> {
        let thread = pool_thread::shared()?;
        let pool = r2d2::Pool::builder()
            .max_size(endpoint.config.pool_size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .thread_pool(Arc::clone(&thread))
            // r2d2's own work on old connections goes on after the pool is dropped, for as long as the thread.
            .idle_timeout(None)
            .max_lifetime(None)
            .build_unchecked(SlotManager);
        let link = Arc::new(Inner {
            pool: RwLock::new(Some(pool)),
            endpoint,
            reconnects: AtomicU64::new(0),
            open: Arc::default(),
        });
        let weak = Arc::downgrade(&link);
        thread.execute_with_dynamic_delay(OLD_CHECK, move || {
            weak.upgrade()?.drop_old(clock::now())?;
            Some(OLD_CHECK)
        });
        Ok(Self(link))
    }

    /// Runs `exchange` on a connection of the pool. If it fails, the connection is dropped.
    fn with_connection<T>(
        &self,
        deadline: Deadline,
        exchange: impl FnOnce(&mut Connection, Deadline) -> Result<T>,
    ) -> Result<T> {
        let Inner { endpoint, open, .. } = &*self.0;
        let pool = self.0.pool()?;
        let now = clock::now();
        if deadline.has_passed(now) {
            return Err(Deadline::passed());
        }
        let wait = deadline.or_after(now, endpoint.config.acquire_timeout).left(now);
        let mut slot = pool.get_timeout(wait).map_err(|_| pool_timeout(wait))?;

        // Taken out: it is returned to the pool only if all went well.
        let pooled = slot.0.take();
        // In this order: a connection that is opened after the link was closed is then never of the current
        // generation.
        let current = self.generation();
        self.0.pool()?;
        let pooled = pooled.filter(|pooled| pooled.generation == current).and_then(|mut pooled| {
            let is_usable = pooled.connection.is_usable(&endpoint.config, deadline);
            if !is_usable {
                let error = Error::new(ErrorKind::Connection, "a connection broke while it was idle");
                endpoint.lost_connection(&error);
            }
            is_usable.then_some(pooled)
        });
        let mut pooled = match pooled {
            Some(pooled) => pooled,
            None => {
                let connection = Connection::open(endpoint, deadline)?;
                // A rotation of the credentials is noticed at login; this connection is the first of the new
                // ones.
                let generation = Generation { rotations: endpoint.rotations(), ..current };
                Pooled::new(connection, generation, open)
            }
        };
        let current = pooled.generation;
        let patience = deadline.or_after(clock::now(), endpoint.config.response_timeout);
        let answered = exchange(&mut pooled.connection, patience).inspect_err(|error| {
            if error.kind() == ErrorKind::Connection {
                endpoint.lost_connection(error);
            }
        })?;
        // Not if it was condemned meanwhile: an idle connection would stay open.
        if self.generation() == current {
            slot.0 = Some(pooled);
            drop(slot);
            // Condemned between that check and its return: it was not among the idle ones that were dropped.
            if self.generation() != current {
                drop_where(&pool, |_| true);
            }
        }
        Ok(answered)
    }

    /// Returns a value that changes whenever open connections must be replaced.
    fn generation(&self) -> Generation {
        let Inner { reconnects, endpoint, .. } = &*self.0;
        Generation { reconnects: reconnects.load(Ordering::Acquire), rotations: endpoint.rotations() }
    }

    /// Checks the server's answer: some errors mean that no connection to it may be used again.
    fn check_reply<T>(&self, answer: Result<T>) -> Result<T> {
        if answer.as_ref().is_err_and(Error::breaks_connection) {
            self.reconnect();
        }
        answer
    }
}

impl Inner {
    /// # Errors
    ///
    /// `Closed` if the link was closed.
    fn pool(&self) -> Result<Pool> {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        pool.clone().ok_or_else(Error::closed)
    }

    /// Drops the old connections. Returns `None` if the link was closed.
    fn drop_old(&self, now: Instant) -> Option<()> {
        drop_where(&self.pool().ok()?, |pooled| pooled.is_old(now));
        Some(())
    }
}

/// Drops the idle connections that `is_unwanted` selects.
fn drop_where(pool: &Pool, is_unwanted: impl Fn(&Pooled) -> bool) {
    // Until there is none: connections that other callers return meanwhile may come before those to drop.
    let slots: Vec<_> = std::iter::from_fn(|| pool.try_get()).collect();
    // Backwards, so that the one that was used last stays the first to be used.
    for mut slot in slots.into_iter().rev() {
        slot.0 = slot.0.take().filter(|pooled| !is_unwanted(pooled));
    }
}

impl Execute for Link {
    fn run(&self, command: &Command, deadline: Deadline) -> Result<Reply> {
        let value = self.with_connection(deadline, |connection, deadline| {
            let value = connection.exchange_one(deadline, |wire| command.write_to(wire))?;
            if command.reply_types().contain(&value) { Ok(value) } else { Err(Error::out_of_step()) }
        })?;
        self.check_reply(Reply::from_server(value))
    }

    fn pipeline(&self, pipeline: &RawPipeline, deadline: Deadline) -> Result<Vec<Result<Reply>>> {
        let values = self.with_connection(deadline, |connection, deadline| {
            connection.exchange_many(pipeline.replies(), deadline, |wire| pipeline.write_to(wire))
        })?;
        let replies = self.check_reply(pipeline.parse_replies(values)).inspect_err(|error| {
            if error.kind() == ErrorKind::Protocol {
                self.out_of_step();
            }
        })?;
        Ok(replies.into_iter().map(|reply| self.check_reply(reply)).collect())
    }

    fn reconnect(&self) {
        self.0.reconnects.fetch_add(1, Ordering::AcqRel);
        // Idle connections are dropped at once, those in use when they are returned.
        if let Ok(pool) = self.0.pool() {
            drop_where(&pool, |_| true);
        }
    }

    /// It is no longer known which connection it was, so each is dropped when it is returned.
    fn out_of_step(&self) {
        self.reconnect();
    }

    fn refresh(&self) {
        if self.0.endpoint.has_rotated() {
            self.reconnect();
        }
    }

    /// Drops every connection; later calls fail with `Closed`. Calls in progress may finish.
    fn close(&self) {
        // In this order: a connection that is returned is then of an older generation, or dropped here.
        let pool = self.0.pool.write().unwrap_or_else(PoisonError::into_inner).take();
        self.0.reconnects.fetch_add(1, Ordering::AcqRel);
        if let Some(pool) = pool {
            drop_where(&pool, |_| true);
        }
    }

    fn status(&self) -> ConnectionStatus {
        let Inner { endpoint, open, .. } = &*self.0;
        let state = self.0.pool().ok().map(|pool| pool.state());
        ConnectionStatus {
            open: open.load(Ordering::Relaxed),
            in_use: state.map_or(0, |state| state.connections.saturating_sub(state.idle_connections)),
            limit: endpoint.config.pool_size,
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.0.pool().ok().map(|pool| pool.state());
        f.debug_struct("Link").field("pool", &state).finish_non_exhaustive()
    }
}

fn pool_timeout(waited: Duration) -> Error {
    Error::new(ErrorKind::PoolTimeout, format!("no connection was free within {}", Rounded(waited)))
}

/// The pool's items for r2d2: places for connections, not connections.
///
/// r2d2 would connect on threads of its own, retry with pauses of up to 15 s, and hide the error. So a place
/// is made without I/O, and the thread that needs its connection opens it, within its own deadline.
struct SlotManager;

#[derive(Default)]
struct PoolSlot(Option<Pooled>);

/// Connections of an older generation are dropped when they are next taken or returned.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Generation {
    reconnects: u64,
    rotations: u64,
}

struct Pooled {
    connection: Connection,
    opened: Instant,
    generation: Generation,
    open: Arc<AtomicU32>,
}

impl Pooled {
    fn new(connection: Connection, generation: Generation, open: &Arc<AtomicU32>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self { connection, opened: clock::now(), generation, open: Arc::clone(open) }
    }

    fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.connection.last_used()) >= LONGEST_IDLE
            || now.saturating_duration_since(self.opened) >= LONGEST_LIFE
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl r2d2::ManageConnection for SlotManager {
    type Connection = PoolSlot;
    type Error = Infallible;

    fn connect(&self) -> Result<PoolSlot, Infallible> {
        Ok(PoolSlot::default())
    }

    fn is_valid(&self, _: &mut PoolSlot) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut PoolSlot) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use redis_testkit::{Answer, FakeServer};

    use super::*;
    use crate::config::ServiceConfig;

    #[test]
    fn connections_that_are_idle_or_old_are_dropped_and_the_others_kept() {
        let server = FakeServer::start(|_| Answer::simple("PONG")).unwrap();
        let config = Arc::new(ServiceConfig::default());
        let endpoint = Endpoint::new("127.0.0.1", server.address().port(), config).unwrap();
        let link = Link::open(Arc::new(endpoint)).unwrap();
        let used = || {
            let deadline = Deadline::after(clock::now(), Duration::from_secs(60));
            link.run(&Command::new("PING"), deadline).unwrap();
            clock::now()
        };
        let after = |time: Duration, now: Instant| {
            link.0.drop_old(now + time);
            link.status().open
        };
        let moment = Duration::from_secs(60);
        assert_eq!(after(LONGEST_IDLE - moment, used()), 1);
        assert_eq!(after(LONGEST_IDLE, used()), 0);
        assert_eq!(after(LONGEST_LIFE, used()), 0);
        assert_eq!(link.status().in_use, 0);
        used();
        assert_eq!(server.statistics().accepted, 3);
    }
}
