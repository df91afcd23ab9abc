use std::{sync::Arc, time::Duration};

use redis_service_runtime::{Backoff, Episode, Jitter, contain};

use super::super::{
    THREAD,
    client::Client,
    ending::Ending,
    engine::Call,
    router::{Node, Router},
    runtime::{CancellationToken, DedicatedConnection, Link, Mailbox, Task, dual},
};
use crate::{
    clock,
    error::{Error, ErrorKind, Result},
    operations::consumer::{ConsumerCommands, GapCheck, Taken},
    protocol::{Command, Reply, RetryCategory},
    resilience::Deadline,
    streams::{
        Consume, DeliveryBuffer, Freed, Pending, Progress, RawItem, RawStreamEvent, Step, StreamGap,
        StreamId, UnderWay,
    },
    values::Namespace,
};

/// Reads a stream for a consumer, on a connection of its own, until the consumer is closed: it connects again after
/// every failure, without limit.
pub(super) struct StreamReader {
    router: Arc<Router<Link>>,
    namespace: Namespace,
    commands: ConsumerCommands,
    progress: Progress,
    heartbeat: Duration,
    events: Arc<Mailbox<DeliveryBuffer>>,
    freed: Arc<Mailbox<Freed>>,
    under_way: Arc<UnderWay>,
    stop: Arc<CancellationToken>,
    connection: DedicatedConnection,
    /// The server of `connection`.
    node: Option<Arc<Node<Link>>>,
    /// How many missing items were reported and are not yet counted as read.
    told: u64,
    /// The last item whose deletion was reported.
    told_deleted: Option<StreamId>,
    /// A reader waits for its events: it must not end without a word.
    is_awaited: bool,
    backoff: Backoff,
    /// The failure that is logged already.
    trouble: Episode,
}

/// The pauses between attempts to connect.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), Duration::from_secs(1));

impl StreamReader {
    /// A reader that has not connected yet.
    pub(super) fn new(
        client: &Client<Link>,
        commands: ConsumerCommands,
        options: &Consume,
        events: &Arc<Mailbox<DeliveryBuffer>>,
        freed: Arc<Mailbox<Freed>>,
        under_way: Arc<UnderWay>,
        ending: &Ending,
    ) -> Self {
        Self {
            // Not the client: it would keep the service connected.
            router: Arc::clone(&client.engine.router),
            namespace: client.namespace.clone(),
            commands,
            progress: Progress::new(options, clock::now()),
            heartbeat: options.heartbeat,
            events: Arc::clone(events),
            freed,
            under_way,
            stop: Arc::clone(&ending.stop),
            connection: DedicatedConnection::unopened(),
            node: None,
            told: 0,
            told_deleted: None,
            is_awaited: false,
            backoff: BACKOFF,
            trouble: Episode::default(),
        }
    }

    /// The same reader, once it has connected.
    pub(super) fn awaited(mut self) -> Self {
        self.is_awaited = true;
        self
    }

    /// Names the stream and the group in an error.
    pub(super) fn blame(&self, error: Error) -> Error {
        self.commands.blame(error, &self.namespace)
    }

    fn tell(&self, event: RawStreamEvent) {
        // Once the consumer is closed, nothing waits for it.
        self.events.put(|events| events.push(event)).unwrap_or_default();
    }

    fn deliver(&self, item: RawItem, deliveries: u64) {
        // An item that is under way already is not read: this process would have two of it.
        if let Some(place) = self.under_way.add(item.id) {
            self.tell(RawStreamEvent::Item { item, deliveries, place });
        }
    }

    /// Returns the number of events that are not dropped yet.
    fn outstanding(&self) -> usize {
        self.under_way.len() + self.events.look(DeliveryBuffer::others)
    }

    fn tell_gap(&mut self, check: GapCheck) {
        self.told = check.told;
        let is_deleted = check.deleted.is_some() && check.deleted > self.told_deleted;
        self.told_deleted = self.told_deleted.max(check.deleted);
        let missing = match check.missing {
            0 if is_deleted => None,
            0 => return,
            missing => Some(missing),
        };
        self.tell(RawStreamEvent::Gap(StreamGap { missing, near: check.last }));
    }
}

/// Connects, and returns once the server has answered for the group.
#[dual(AFIT)]
impl Call<Link> for &mut StreamReader {
    type Output = ();

    fn category(&self) -> RetryCategory {
        RetryCategory::LastWins
    }

    fn slot(&self) -> Result<Option<u16>> {
        self.commands.check_gap(0).slot()
    }

    async fn attempt(&mut self, node: &Arc<Node<Link>>, deadline: Deadline) -> Result<()> {
        self.connection = node.open_dedicated(deadline).await?;
        self.node = Some(Arc::clone(node));
        self.establish(deadline).await
    }
}

#[dual]
impl StreamReader {
    /// Makes sure that there is the group; creates it if that is wanted.
    async fn establish(&mut self, deadline: Deadline) -> Result<()> {
        self.connection.cancel_with(&self.stop);
        self.progress.connected();
        let check = self.commands.check_gap(self.told);
        let mut checked = self.ask(&check, deadline).await;
        if let (Err(error), Some(create)) = (&checked, self.commands.create().cloned())
            && error.code() == Some("NOGROUP")
        {
            match self.ask(&create, deadline).await {
                // Another consumer was faster.
                Err(error) if error.code() == Some("BUSYGROUP") => {}
                created => drop(created?),
            }
            checked = self.ask(&check, deadline).await;
        }
        let reply = checked?.ok_or_else(Error::closed)?;
        self.tell_gap(GapCheck::from_reply(reply)?);
        Ok(())
    }

    /// Reads until the connection fails, or the consumer is closed.
    async fn follow(&mut self) -> Result<()> {
        let Some(node) = self.node.clone() else { return Ok(()) };
        self.follow_on(&node).await.map_err(|error| node.blame(error))
    }

    async fn follow_on(&mut self, node: &Node<Link>) -> Result<()> {
        while !self.stop.is_cancelled() {
            match self.progress.next(clock::now(), self.outstanding()) {
                Step::Full => drop(self.freed.take_within(self.heartbeat).await),
                Step::Pending { of, after, count } => self.take_pending(of, after, count, node).await?,
                Step::New { count, block } => {
                    self.read_new(count, block, node).await?;
                    self.recovered();
                }
            }
        }
        Ok(())
    }

    async fn take_pending(
        &mut self,
        of: Pending,
        after: Option<StreamId>,
        count: usize,
        node: &Node<Link>,
    ) -> Result<()> {
        let command = self.commands.take_pending(of, after, count, &self.under_way.list());
        let answered = Deadline::after(clock::now(), node.response_timeout());
        let Some(reply) = self.ask(&command, answered).await? else { return Ok(()) };
        let taken = Taken::from_reply(reply)?;
        for (item, deliveries) in taken.items {
            self.deliver(item, deliveries);
        }
        for moved in taken.moved {
            self.tell(RawStreamEvent::Moved(moved));
        }
        if !taken.lost.is_empty() {
            self.tell(RawStreamEvent::Lost(taken.lost));
        }
        if taken.stuck > 0 {
            tracing::warn!(items = taken.stuck, "items could not be moved to the stream of dead letters");
        }
        self.progress.read_pending(taken.next, clock::now());
        Ok(())
    }

    /// Looks for a gap and reads, in one round trip: what is removed in between would go unnoticed.
    async fn read_new(&mut self, count: usize, block: Duration, node: &Node<Link>) -> Result<()> {
        let mut wire = Vec::new();
        self.commands.check_gap(self.told).write_to(&mut wire);
        self.commands.read_new(count, block).write_to(&mut wire);
        let answered = Deadline::after(clock::now(), node.response_timeout());
        self.connection.send(wire, answered).await?;
        let Some(check) = self.receive(answered).await? else { return Ok(()) };
        self.tell_gap(GapCheck::from_reply(check)?);
        let delivered = Deadline::after(clock::now(), block.saturating_add(node.response_timeout()));
        let Some(reply) = self.receive(delivered).await? else { return Ok(()) };
        for item in RawItem::of_one_stream(reply)? {
            self.deliver(item, 1);
        }
        Ok(())
    }

    /// New items can be read. To connect is not enough: the server may refuse to read.
    fn recovered(&mut self) {
        self.backoff.reset();
        if self.trouble.ends() {
            tracing::info!(group = self.commands.group(), "reading again");
        }
    }

    /// Sends a command, and waits for its reply. Returns `None` if the consumer is closed.
    async fn ask(&mut self, command: &Command, deadline: Deadline) -> Result<Option<Reply>> {
        let mut wire = Vec::new();
        command.write_to(&mut wire);
        self.connection.send(wire, deadline).await?;
        self.receive(deadline).await
    }

    async fn receive(&mut self, deadline: Deadline) -> Result<Option<Reply>> {
        match self.connection.next(deadline, &self.stop).await? {
            Some(value) => Reply::from_server(value).map(Some),
            None if self.stop.is_cancelled() => Ok(None),
            None => Err(Error::new(ErrorKind::Timeout, "the server went silent")),
        }
    }

    /// Connects to the server that is the right one now.
    async fn connect_again(&mut self) -> Result<()> {
        let router = Arc::clone(&self.router);
        let node = router.node_for(|| self.commands.check_gap(0).slot())?;
        let time = node.connect_timeout();
        let connected = Deadline::after(clock::now(), time);
        self.connection = node.open_dedicated(connected).await.map_err(|error| node.failed(error, time))?;
        self.node = Some(Arc::clone(node));
        let time = node.response_timeout();
        let answered = Deadline::after(clock::now(), time);
        self.establish(answered).await.map_err(|error| node.failed(error, time))
    }
}

#[dual(AFIT)]
impl Task for StreamReader {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut ended = self.follow().await;
        while !self.stop.is_cancelled() {
            if let Err(error) = ended {
                let error = self.blame(error);
                // What is logged of the server says the same, once for all of its readers.
                let is_news = !error.is_about_reaching() && self.trouble.begins();
                let group = self.commands.group();
                if is_news {
                    tracing::warn!(%error, group, "not reading; connecting again");
                } else {
                    tracing::debug!(%error, group, "not reading; connecting again");
                }
                self.tell(RawStreamEvent::Interrupted(error));
            }
            // A reply that is still to come would be taken for another.
            self.connection.break_off();
            let pause = Jitter::Half.apply(self.backoff.failed(), fastrand::f64());
            if self.stop.cancelled_within(pause).await {
                break;
            }
            ended = self.connect_again().await;
            if ended.is_err() {
                continue;
            }
            ended = self.follow().await;
        }
    }
}

impl Drop for StreamReader {
    /// Also when its thread unwinds or its runtime shuts down: nobody may wait for a reader that is gone.
    fn drop(&mut self) {
        // A panic during an unwinding would abort the process.
        let told = contain(|| {
            if self.is_awaited && !self.stop.is_cancelled() {
                self.tell(RawStreamEvent::Ended(self.blame(Error::not_listening())));
            }
            self.events.close();
        });
        // Nothing is left to report it to.
        told.unwrap_or_default();
    }
}
