use std::time::Duration;

use super::{Command, RawPipeline};
use crate::error::{Error, ErrorKind, Result};

/// What a command needs of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionNeeds {
    /// Any connection will do, and other callers may use it at the same time.
    Nothing,
    /// A connection of its own, which it occupies for at most this long.
    Time(Duration),
    /// A connection of its own, whose state it changes.
    State,
}

/// Commands that change the state of the connection for all later commands.
const CLIENT_STATE: &[&[u8]] = &[
    b"CACHING",
    b"CAPA",
    b"IMPORT-SOURCE",
    b"NO-EVICT",
    b"NO-TOUCH",
    b"REPLY",
    b"SETINFO",
    b"SETNAME",
    b"TRACKING",
];

impl Command {
    /// # Errors
    ///
    /// `InvalidInput` for a command that would wait for ever, or whose time is not a number; `Unsupported`
    /// for a command that changes how the connection answers, which this crate could not follow.
    pub(crate) fn needs(&self) -> Result<ConnectionNeeds> {
        let words: Vec<&[u8]> = self.words().collect();
        let name = words.first().copied().unwrap_or_default().to_ascii_uppercase();
        let second = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let name = std::str::from_utf8(&name).unwrap_or_default();
        match name {
            "BLPOP" | "BRPOP" | "BLMOVE" | "BRPOPLPUSH" | "BZPOPMIN" | "BZPOPMAX" => seconds(words.last()),
            "BLMPOP" | "BZMPOP" => seconds(words.get(1)),
            "WAIT" | "WAITAOF" => milliseconds(words.last()),
            "XREAD" | "XREADGROUP" => {
                let block = block_of(self.words().skip(1));
                block.map_or(Ok(ConnectionNeeds::Nothing), |time| milliseconds(time.as_ref()))
            }

            "WATCH" | "UNWATCH" | "MULTI" | "EXEC" | "DISCARD" | "READONLY" | "READWRITE" | "ASKING" => {
                Ok(ConnectionNeeds::State)
            }
            "AUTH" | "HELLO" | "SELECT" | "RESET" | "QUIT" | "MONITOR" | "SYNC" | "PSYNC" | "REPLCONF"
            | "SUBSCRIBE" | "PSUBSCRIBE" | "SSUBSCRIBE" | "UNSUBSCRIBE" | "PUNSUBSCRIBE" | "SUNSUBSCRIBE" => {
                Err(unsupported(name))
            }
            "CLIENT" if CLIENT_STATE.contains(&second.as_slice()) => {
                Err(unsupported(&format!("CLIENT {}", String::from_utf8_lossy(&second))))
            }
            "SCRIPT" if second == b"DEBUG" => Err(unsupported("SCRIPT DEBUG")),
            _ => Ok(ConnectionNeeds::Nothing),
        }
    }
}

/// Returns the argument of the option BLOCK of `XREAD` and `XREADGROUP`, if present. The options come in any
/// order, and the names of group, consumer and streams may look like one.
pub(super) fn block_of<'a>(mut words: impl Iterator<Item = &'a [u8]>) -> Option<Option<&'a [u8]>> {
    while let Some(word) = words.next() {
        match word.to_ascii_uppercase().as_slice() {
            b"BLOCK" => return Some(words.next()),
            b"GROUP" => drop(words.nth(1)),
            b"COUNT" => drop(words.next()),
            b"STREAMS" => return None,
            _ => {}
        }
    }
    None
}

impl RawPipeline {
    /// Returns what all commands need together.
    ///
    /// # Errors
    ///
    /// As [`Command::needs`]; and `Unsupported` for a command that would end an atomic pipeline half-way.
    pub(crate) fn needs(&self) -> Result<ConnectionNeeds> {
        let mut blocks = Duration::ZERO;
        let mut needs = ConnectionNeeds::Nothing;
        for command in self.commands() {
            match command.needs()? {
                ConnectionNeeds::State if self.is_atomic() => return Err(unsupported(command.name())),
                // Commands do not block within a transaction.
                ConnectionNeeds::Time(block) if !self.is_atomic() => blocks = blocks.saturating_add(block),
                ConnectionNeeds::State => needs = ConnectionNeeds::State,
                ConnectionNeeds::Time(_) | ConnectionNeeds::Nothing => {}
            }
        }
        Ok(if blocks.is_zero() { needs } else { ConnectionNeeds::Time(blocks) })
    }
}

fn unsupported(name: &str) -> Error {
    let message =
        format!("{name} would change a connection that other callers use; the service does that itself");
    Error::new(ErrorKind::Unsupported, message)
}

fn seconds(word: Option<&&[u8]>) -> Result<ConnectionNeeds> {
    time(word, Duration::try_from_secs_f64)
}

fn milliseconds(word: Option<&&[u8]>) -> Result<ConnectionNeeds> {
    time(word, |milliseconds| Duration::try_from_secs_f64(milliseconds / 1_000.0))
}

fn time<E>(word: Option<&&[u8]>, of: impl Fn(f64) -> Result<Duration, E>) -> Result<ConnectionNeeds> {
    let number = word.and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok());
    match number.and_then(|number: f64| of(number).ok()) {
        Some(Duration::ZERO) => {
            Err(Error::invalid_input("a block time of zero is invalid: the command would wait for ever"))
        }
        Some(time) => Ok(ConnectionNeeds::Time(time)),
        None => Err(Error::invalid_input("the block time is not a valid number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(command: &'static str) -> Result<ConnectionNeeds> {
        let mut words = command.split(' ');
        let name = Command::new(words.next().unwrap());
        words.fold(name, Command::arg).needs()
    }

    #[test]
    fn blocking_commands_tell_how_long_they_block() {
        for (command, milliseconds) in [
            ("BLPOP a b 5", 5_000),
            ("blpop a 0.25", 250),
            ("BLMOVE a b LEFT RIGHT 1", 1_000),
            ("BLMPOP 2 1 k LEFT", 2_000),
            ("BZMPOP 2 1 k MIN", 2_000),
            ("WAIT 1 100", 100),
            ("XREAD COUNT 1 BLOCK 100 STREAMS s $", 100),
            ("XREADGROUP GROUP g c BLOCK 100 STREAMS s >", 100),
            ("XREADGROUP BLOCK 100 COUNT 1 GROUP block streams STREAMS s >", 100),
        ] {
            assert_eq!(
                needs(command).unwrap(),
                ConnectionNeeds::Time(Duration::from_millis(milliseconds)),
                "{command}"
            );
        }
        for command in [
            "GET k",
            "XREAD STREAMS s 0",
            "XREAD STREAMS block 0",
            "XREADGROUP GROUP block c STREAMS s >",
            "CLIENT ID",
            "PUBLISH c m",
        ] {
            assert_eq!(needs(command).unwrap(), ConnectionNeeds::Nothing, "{command}");
        }
        assert_eq!(needs("WATCH k").unwrap(), ConnectionNeeds::State);
    }

    #[test]
    fn nothing_waits_for_ever_and_nothing_changes_the_connection() {
        for command in
            ["BLPOP a 0", "BLPOP a x", "BLPOP a -1", "BLPOP a nan", "XREAD BLOCK 0 STREAMS s $", "WAIT"]
        {
            assert_eq!(needs(command).unwrap_err().kind(), ErrorKind::InvalidInput, "{command}");
        }
        for command in [
            "SELECT 1",
            "SUBSCRIBE c",
            "CLIENT REPLY OFF",
            "hello 3",
            "SCRIPT DEBUG YES",
            "client no-evict on",
            "MONITOR",
            "REPLCONF ACK 0",
        ] {
            assert_eq!(needs(command).unwrap_err().kind(), ErrorKind::Unsupported, "{command}");
        }
    }

    #[test]
    fn a_pipeline_needs_what_its_commands_need() {
        let of =
            |names: &[&'static str]| -> RawPipeline { names.iter().map(|name| Command::new(name)).collect() };
        let refused = |pipeline: RawPipeline| pipeline.needs().unwrap_err().kind();
        assert_eq!(of(&["GET k", "SET k v"]).needs().unwrap(), ConnectionNeeds::Nothing);
        assert_eq!(of(&["WATCH k", "GET k"]).needs().unwrap(), ConnectionNeeds::State);
        let blocking = of(&["BLPOP k 1", "GET k", "BLPOP k 2"]);
        assert_eq!(blocking.needs().unwrap(), ConnectionNeeds::Time(Duration::from_secs(3)));
        assert_eq!(blocking.atomic().needs().unwrap(), ConnectionNeeds::Nothing);
        assert_eq!(refused(of(&["GET k", "SUBSCRIBE a b"])), ErrorKind::Unsupported);
        assert_eq!(refused(of(&["SET k v", "EXEC"]).atomic()), ErrorKind::Unsupported);
    }
}
