use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    runtime::{Line, Mailbox, Stop, dual},
    task::Task,
};
use crate::{
    Command, Deadline, Error, ErrorKind, Result, Subscribe, clock,
    command::{Push, Reply},
    pubsub::{Gap, Heard},
    settings::Settings,
};

/// Listens on a connection of its own, for as long as anybody wants to hear: subscribes again after every
/// failure, for ever, and says where messages may be missing.
pub(super) struct Listener {
    settings: Arc<Settings>,
    options: Subscribe,
    mailbox: Arc<Mailbox>,
    stop: Arc<Stop>,
    line: Line,
}

/// Pauses between attempts to subscribe.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[dual]
impl Listener {
    /// Subscribes, and comes back when the server has confirmed every channel.
    pub(super) async fn subscribe(
        settings: Arc<Settings>,
        options: Subscribe,
        mailbox: Arc<Mailbox>,
        stop: Arc<Stop>,
        deadline: Deadline,
    ) -> Result<Self> {
        let line = Line::open(&settings, deadline).await?;
        let mut listener = Self { settings, options, mailbox, stop, line };
        listener.establish(deadline).await?;
        Ok(listener)
    }

    /// Asks for the channels, and waits for the server to confirm each.
    async fn establish(&mut self, deadline: Deadline) -> Result<()> {
        self.stop.interrupt_too(&self.line);
        let mut wire = Vec::new();
        self.options.commands().write_to(&mut wire);
        self.line.send(wire, deadline).await?;
        let mut confirmed = 0;
        while confirmed < self.options.count() {
            match self.hear(deadline).await? {
                Some(Push::Subscribed) => confirmed += 1,
                Some(Push::Heard(heard)) => self.mailbox.put(heard),
                Some(Push::Other) => {}
                None => {
                    return Err(Error::new(ErrorKind::Timeout, "the subscription was not confirmed in time"));
                }
            }
        }
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
                        self.mailbox.put(heard);
                    }
                }
                None if self.stop.is_stopped() => return Ok(()),
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
impl Task for Listener {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        let mut heard = self.follow().await;
        while !self.stop.is_stopped() {
            if let Err(error) = heard {
                tracing::warn!(%error, "not listening; subscribing again");
            }
            if self.stop.within(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await {
                break;
            }
            heard = self.subscribe_again().await;
            if heard.is_err() {
                pause = (pause * 2).min(LONGEST_PAUSE);
                continue;
            }
            pause = FIRST_PAUSE;
            // Only now: whoever reads again what the messages are about, and then listens, misses nothing.
            self.mailbox.put(Heard::Gap(Gap::Reconnected));
            heard = self.follow().await;
        }
        self.mailbox.close();
    }
}
