use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis_service_runtime::{Backoff, Jitter};

use super::{
    THREAD,
    runtime::{CancellationToken, Line, Task, dual},
};
use crate::{
    Command, Deadline, Error, ErrorKind, Result, Subscribe, clock,
    command::{Push, Reply},
    pubsub::{Gap, Heard},
    settings::Settings,
};

/// Listens on a connection of its own, for as long as anybody wants to hear: subscribes again after every
/// failure, for ever, and says where messages may be missing.
pub(super) struct Listener<E> {
    settings: Arc<Settings>,
    options: Subscribe,
    ear: E,
    stop: Arc<CancellationToken>,
    line: Line,
}

/// Where what is heard goes.
pub(super) trait Ear: Send + 'static {
    fn hear(&mut self, heard: Heard);

    /// Nothing more is heard.
    fn end(&mut self);
}

/// Pauses between attempts to subscribe.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(20), Duration::from_secs(1));

#[dual]
impl<E: Ear> Listener<E> {
    /// Subscribes, and comes back when the server has confirmed every channel.
    pub(super) async fn subscribe(
        settings: Arc<Settings>,
        options: Subscribe,
        ear: E,
        stop: Arc<CancellationToken>,
        deadline: Deadline,
    ) -> Result<Self> {
        let line = Line::open(&settings, deadline).await?;
        let mut listener = Self { settings, options, ear, stop, line };
        listener.establish(deadline).await?;
        Ok(listener)
    }

    /// Asks for the channels, and waits for the server to confirm each.
    async fn establish(&mut self, deadline: Deadline) -> Result<()> {
        self.line.interrupted_by(&self.stop);
        let tracking = self.options.tracking_commands();
        let mut wire = Vec::new();
        for commands in tracking.iter().chain([&self.options.commands()]) {
            commands.write_to(&mut wire);
        }
        self.line.send(wire, deadline).await?;
        if tracking.is_some() {
            self.settle_tracking(deadline).await?;
        }
        let mut confirmed = 0;
        while confirmed < self.options.count() {
            match self.hear(deadline).await?.ok_or_else(unconfirmed)? {
                Push::Subscribed => confirmed += 1,
                Push::Heard(heard) => self.ear.hear(heard),
                Push::Answered | Push::Other => {}
            }
        }
        Ok(())
    }

    /// Waits for the server's two answers. That it refuses ends nothing as long as there are channels.
    async fn settle_tracking(&mut self, deadline: Deadline) -> Result<()> {
        let mut tracking = Ok(());
        for _ in 0..2 {
            let answer = self.line.next(deadline, &self.stop).await?.ok_or_else(unconfirmed)?;
            // The first refusal is the reason for the second.
            tracking = tracking.and(Reply::from_server(answer).map(drop));
        }
        if let Err(error) = &tracking
            && self.options.count() == 0
        {
            return Err(error.clone());
        }
        self.ear.hear(Heard::Tracking(tracking));
        Ok(())
    }

    /// Hears messages until the connection fails.
    async fn follow(&mut self) -> Result<()> {
        let mut asked: Option<Instant> = None;
        loop {
            let now = clock::now();
            let patience = match asked {
                Some(asked) => Deadline::after(asked, self.settings.config.response_timeout),
                None => Deadline::after(now, self.options.heartbeat),
            };
            match self.hear(patience).await? {
                Some(push) => {
                    asked = None;
                    if let Push::Heard(heard) = push {
                        self.ear.hear(heard);
                    }
                }
                None if self.stop.is_cancelled() => return Ok(()),
                None if asked.is_some() => {
                    return Err(Error::new(ErrorKind::Timeout, "the server went silent"));
                }
                None => {
                    let mut wire = Vec::new();
                    Command::new("PING").write_to(&mut wire);
                    self.line.send(wire, Deadline::after(now, self.settings.config.response_timeout)).await?;
                    asked = Some(clock::now());
                }
            }
        }
    }

    async fn hear(&mut self, deadline: Deadline) -> Result<Option<Push>> {
        let value = self.line.next(deadline, &self.stop).await?;
        value.map(|value| Reply::from_server(value).and_then(Reply::into_push)).transpose()
    }

    async fn subscribe_again(&mut self) -> Result<()> {
        let deadline = Deadline::after(clock::now(), self.settings.config.connect_timeout);
        self.line = Line::open(&self.settings, deadline).await?;
        self.establish(Deadline::after(clock::now(), self.settings.config.response_timeout)).await
    }
}

#[dual(AFIT)]
impl<E: Ear> Task for Listener<E> {
    const THREAD: &'static str = THREAD;

    async fn run(mut self) {
        let mut backoff = BACKOFF;
        let mut heard = self.follow().await;
        while !self.stop.is_cancelled() {
            if let Err(error) = heard {
                tracing::warn!(%error, "not listening; subscribing again");
            }
            let pause = Jitter::Half.apply(backoff.failed(), fastrand::f64());
            if self.stop.cancelled_within(pause).await {
                break;
            }
            heard = self.subscribe_again().await;
            if heard.is_err() {
                continue;
            }
            backoff.reset();
            // Only now: whoever reads again what the messages are about, and then listens, misses nothing.
            self.ear.hear(Heard::Gap(Gap::Reconnected));
            heard = self.follow().await;
        }
        self.ear.end();
    }
}

fn unconfirmed() -> Error {
    Error::new(ErrorKind::Timeout, "the subscription was not confirmed in time")
}
