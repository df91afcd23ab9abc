use std::fmt;

use super::{
    Answer, Words,
    expectation::{Expectation, Matcher, Times},
};
use crate::{
    config::{RetryPolicy, ServiceConfig},
    protocol::Script,
};

/// A server that answers from a script: the commands that it expects, and the answer to each.
///
/// The commands may arrive in any order, unless [`in_order`](Self::in_order) is set. Each command uses the first
/// expectation that matches it and is not used up. So the answers to a command that is sent several times are
/// expectations one after the other.
///
/// Four things need no expectation: the commands with which the service begins and checks its connections, which are
/// not recorded either; MULTI, WATCH, UNWATCH and DISCARD, which are answered with OK; commands within a transaction,
/// whose answers arrive with the reply to EXEC; and that EXEC. Any other command without an expectation is answered
/// with an error of kind `Operation` that names it.
///
/// Subscriptions cannot be scripted: they are answered with such an error as well. Test them with a real server.
///
/// `Debug` does not show the script.
pub struct ScriptedServer {
    pub(super) config: ServiceConfig,
    pub(super) expectations: Vec<Expectation>,
    pub(super) is_in_order: bool,
}

impl ScriptedServer {
    /// A server that expects nothing yet.
    ///
    /// The configuration of its service is the default, but for the pauses between attempts, which take no more than
    /// a millisecond.
    #[must_use]
    pub fn new() -> Self {
        let pause = std::time::Duration::from_millis(1);
        let config = ServiceConfig::default().with_retry(RetryPolicy::default().with_pauses(pause, pause));
        Self { config, expectations: Vec::new(), is_in_order: false }
    }

    /// Sets the configuration of the service: its namespace, codec, retries, breaker and deadline. Host, port, TLS and
    /// the interval of the health check have no effect.
    #[must_use]
    pub fn config(self, config: ServiceConfig) -> Self {
        Self { config, ..self }
    }

    /// Expects the commands in the order of their expectations. Those with
    /// [`always`](PendingExpectation::always) match at any time.
    #[must_use]
    pub fn in_order(self) -> Self {
        Self { is_in_order: true, ..self }
    }

    /// Expects a command of exactly these words: its name in any case, its keys as Redis stores them (the namespace
    /// included), and all other arguments.
    pub fn on<W: AsRef<[u8]>>(self, words: impl IntoIterator<Item = W>) -> PendingExpectation {
        self.expect(Matcher::Words(owned(words)))
    }

    /// Expects a command that begins with these words, such as a SET of a key to any value, with any expiry.
    pub fn on_prefix<W: AsRef<[u8]>>(self, words: impl IntoIterator<Item = W>) -> PendingExpectation {
        self.expect(Matcher::Prefix(owned(words)))
    }

    /// Expects a command of this name, such as `GET` or `CLIENT ID`, with any arguments.
    pub fn on_command(self, name: &str) -> PendingExpectation {
        self.expect(Matcher::Command(owned(name.split(' '))))
    }

    /// Expects a call of this script, by its hash or by its source, with any keys and arguments.
    ///
    /// The service sends the hash first. Answered with the error of kind `NoScript`, it sends the source.
    pub fn on_script(self, script: &Script) -> PendingExpectation {
        self.expect(Matcher::Script(script.clone()))
    }

    /// Expects a command for whose words `predicate` returns `true`. A predicate that panics is logged, and selects
    /// nothing. It may be called for any command, also several times.
    pub fn on_match(
        self,
        predicate: impl Fn(&[Vec<u8>]) -> bool + Send + Sync + 'static,
    ) -> PendingExpectation {
        self.expect(Matcher::Predicate(Box::new(predicate)))
    }

    /// Expects any command. With [`Answer::unsent`] and [`always`](PendingExpectation::always), this is a server that
    /// cannot be reached.
    pub fn on_any(self) -> PendingExpectation {
        self.expect(Matcher::Any)
    }

    fn expect(self, matcher: Matcher) -> PendingExpectation {
        PendingExpectation { server: self, matcher, times: Times::Exactly(1) }
    }
}

impl Default for ScriptedServer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ScriptedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedServer")
            .field("expectations", &self.expectations.len())
            .finish_non_exhaustive()
    }
}

/// An expectation of a [`ScriptedServer`] that has no answer yet. Unless stated, it is of one command.
#[must_use = "an expectation without an answer has no effect"]
pub struct PendingExpectation {
    server: ScriptedServer,
    matcher: Matcher,
    times: Times,
}

impl PendingExpectation {
    /// Expects this number of such commands.
    pub fn times(self, times: usize) -> Self {
        Self { times: Times::Exactly(times), ..self }
    }

    /// Answers any number of such commands, none included.
    pub fn always(self) -> Self {
        Self { times: Times::Always, ..self }
    }

    /// Sets the answer.
    #[must_use]
    pub fn answer(self, answer: impl Into<Answer>) -> ScriptedServer {
        let Self { mut server, matcher, times } = self;
        server.expectations.push(Expectation { matcher, times, answer: answer.into() });
        server
    }
}

impl fmt::Debug for PendingExpectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingExpectation").field("times", &self.times).finish_non_exhaustive()
    }
}

fn owned<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Words {
    words.into_iter().map(|word| word.as_ref().to_vec()).collect()
}
