use std::{io, mem, sync::Arc};

use super::{
    Answer, ServerState, Words,
    answer::{Effect, error_line},
    request,
    transaction::{Transaction, is_refused_at_once},
    unscripted,
};

/// One connection to a scripted server, in memory: the client's bytes are answered as they are written.
pub(crate) struct Conversation {
    server: Arc<ServerState>,
    /// Bytes of the client that are no whole command yet.
    unread: Vec<u8>,
    /// Replies that the client has not read yet.
    replies: Vec<u8>,
    /// How many bytes of `replies` the client has read.
    read: usize,
    /// The transaction under way.
    transaction: Option<Transaction>,
    end: Option<End>,
}

/// The state of a connection's incoming side.
pub(crate) enum Incoming {
    Nothing,
    Bytes,
    End,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Unsent,
    Lost,
    Timeout,
}

impl Conversation {
    pub(crate) fn new(server: &Arc<ServerState>) -> Self {
        Self {
            server: Arc::clone(server),
            unread: Vec::new(),
            replies: Vec::new(),
            read: 0,
            transaction: None,
            end: None,
        }
    }

    /// Receives bytes, and returns how many.
    ///
    /// # Errors
    ///
    /// If the connection has ended, also by this write.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.end.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let (before, mut at) = (self.unread.len(), 0);
        self.unread.extend_from_slice(bytes);
        while let Some((words, length)) = request::parse(&self.unread[at..]) {
            match self.receive(&words) {
                Ok(reply) => self.replies.extend_from_slice(&reply),
                Err(end) => self.end = Some(end),
            }
            match self.end {
                None => at += length,
                // What came before was sent.
                Some(End::Unsent) => {
                    let sent = at.saturating_sub(before);
                    return if sent == 0 { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(sent) };
                }
                Some(End::Lost | End::Timeout) => return Ok(bytes.len()),
            }
        }
        self.unread.drain(..at);
        Ok(bytes.len())
    }

    /// Returns a part of the replies, zero bytes at the end of the connection; `None` if the client has to wait.
    ///
    /// # Errors
    ///
    /// `TimedOut` instead of waiting for a reply that the script withholds.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.incoming() {
            Incoming::Bytes => {
                let unread = &self.replies[self.read..];
                let count = unread.len().min(buffer.len());
                buffer[..count].copy_from_slice(&unread[..count]);
                self.read += count;
                Ok(Some(count))
            }
            Incoming::Nothing => Ok(None),
            Incoming::End if self.end == Some(End::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Incoming::End => Ok(Some(0)),
        }
    }

    pub(crate) fn incoming(&mut self) -> Incoming {
        if self.read < self.replies.len() {
            return Incoming::Bytes;
        }
        self.replies.clear();
        self.read = 0;
        if self.end.is_some() { Incoming::End } else { Incoming::Nothing }
    }

    /// Returns the reply to a command.
    fn receive(&mut self, words: &Words) -> Result<Vec<u8>, End> {
        let name = words.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
        match (name.as_slice(), words.get(1..).unwrap_or_default()) {
            (b"PING", [nonce]) => return Ok(Answer::bulk(nonce).0.wire().unwrap_or_default()),
            (b"AUTH" | b"SELECT", _) => return Ok(OK.to_vec()),
            (b"CLIENT", [what, ..]) if matches!(what.as_slice(), b"SETNAME" | b"SETINFO") => {
                return Ok(OK.to_vec());
            }
            _ => {}
        }
        let expected = self.server.answer(words).map(|answer| answer.0);
        match &expected {
            Some(Effect::Unsent) => return Err(End::Unsent),
            Some(Effect::Lost) => return Err(End::Lost),
            Some(Effect::Timeout) => return Err(End::Timeout),
            _ => {}
        }
        match name.as_slice() {
            b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" => {
                Ok(self.refuse(words, unscripted::subscription()))
            }
            b"CLIENT" if is_tracking(words) => Ok(self.refuse(words, unscripted::subscription())),
            b"MULTI" => {
                self.transaction = Some(Transaction::default());
                Ok(or_ok(expected))
            }
            b"WATCH" | b"UNWATCH" => Ok(or_ok(expected)),
            b"DISCARD" => {
                self.transaction = None;
                Ok(or_ok(expected))
            }
            b"EXEC" => {
                let executed =
                    mem::take(&mut self.transaction).map_or_else(no_transaction, Transaction::execute);
                Ok(expected.and_then(|effect| effect.wire()).unwrap_or(executed))
            }
            _ => Ok(self.run(words, expected)),
        }
    }

    /// Runs a command, or queues it within a transaction.
    fn run(&mut self, words: &Words, expected: Option<Effect>) -> Vec<u8> {
        let is_refusal = match &expected {
            Some(Effect::Error(text)) => is_refused_at_once(text),
            Some(_) => false,
            None => true,
        };
        let reply = match expected.and_then(|effect| effect.wire()) {
            Some(reply) => reply,
            None => self.refuse(words, unscripted::reply(words)),
        };
        match &mut self.transaction {
            None => reply,
            Some(transaction) if is_refusal => {
                transaction.refuse();
                reply
            }
            Some(transaction) => transaction.queue(&reply),
        }
    }

    fn refuse(&self, words: &Words, reply: Vec<u8>) -> Vec<u8> {
        self.server.unexpected(words);
        reply
    }
}

const OK: &[u8] = b"+OK\r\n";

fn or_ok(expected: Option<Effect>) -> Vec<u8> {
    expected.and_then(|effect| effect.wire()).unwrap_or_else(|| OK.to_vec())
}

fn no_transaction() -> Vec<u8> {
    error_line("ERR EXEC without MULTI")
}

fn is_tracking(words: &Words) -> bool {
    words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"TRACKING"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::ErrorKind, protocol::Command, testing::ScriptedServer};

    fn conversation(server: ScriptedServer) -> Conversation {
        Conversation::new(&ServerState::of(server).1)
    }

    fn wire(names: &[&'static str]) -> Vec<u8> {
        let mut wire = Vec::new();
        names.iter().for_each(|name| Command::new(name).write_to(&mut wire));
        wire
    }

    /// Reads everything there is.
    fn replies(conversation: &mut Conversation) -> String {
        let (mut replies, mut buffer) = (Vec::new(), [0; 4]);
        while let Ok(Some(count @ 1..)) = conversation.read(&mut buffer) {
            replies.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8(replies).unwrap()
    }

    fn asked(server: ScriptedServer, names: &[&'static str]) -> String {
        let mut conversation = conversation(server);
        let wire = wire(names);
        assert_eq!(conversation.write(&wire).unwrap(), wire.len());
        replies(&mut conversation)
    }

    fn script() -> ScriptedServer {
        ScriptedServer::new().on(["A"]).always().answer(1).on(["B"]).answer(Answer::ok())
    }

    #[test]
    fn a_command_is_answered_once_all_of_it_is_written() {
        let mut conversation = conversation(script());
        for byte in wire(&["A"]) {
            assert!(matches!(conversation.incoming(), Incoming::Nothing));
            assert_eq!(conversation.write(&[byte]).unwrap(), 1);
        }
        assert_eq!(replies(&mut conversation), ":1\r\n");
        assert_eq!(conversation.read(&mut [0]).unwrap(), None);
    }

    #[test]
    fn what_comes_before_a_loss_is_sent_and_answered_and_what_comes_after_is_neither() {
        let mut unsent = conversation(script().on(["C"]).answer(Answer::unsent()));
        assert_eq!(unsent.write(&wire(&["A", "C", "B"])).unwrap(), wire(&["A"]).len());
        assert!(unsent.write(&wire(&["B"])).is_err());
        assert_eq!(replies(&mut unsent), ":1\r\n");
        assert_eq!(unsent.read(&mut [0]).unwrap(), Some(0));

        let mut lost = conversation(script().on(["C"]).answer(Answer::lost()));
        let all = wire(&["A", "C", "B"]);
        assert_eq!(lost.write(&all).unwrap(), all.len());
        assert_eq!(replies(&mut lost), ":1\r\n");
        assert_eq!(lost.read(&mut [0]).unwrap(), Some(0));
        assert_eq!(lost.server.progress().commands.len(), 2);

        let mut late = conversation(script().on(["C"]).answer(Answer::timeout()));
        late.write(&all).unwrap();
        assert_eq!(replies(&mut late), ":1\r\n");
        assert_eq!(late.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn the_commands_of_a_transaction_are_answered_by_exec() {
        let queued = "+OK\r\n+QUEUED\r\n+QUEUED\r\n";
        assert_eq!(asked(script(), &["MULTI", "A", "B", "EXEC"]), format!("{queued}*2\r\n:1\r\n+OK\r\n"));
        let failing = script().on(["C"]).answer(Answer::error_of(ErrorKind::WrongType));
        let replies = asked(failing, &["MULTI", "A", "C", "EXEC"]);
        assert!(replies.starts_with(&format!("{queued}*2\r\n:1\r\n-WRONGTYPE")), "{replies}");
        let conflict = script().on(["EXEC"]).answer(Answer::nil());
        assert_eq!(asked(conflict, &["WATCH", "MULTI", "A", "EXEC"]), "+OK\r\n+OK\r\n+QUEUED\r\n$-1\r\n");
        assert_eq!(asked(script(), &["MULTI", "A", "DISCARD", "A"]), "+OK\r\n+QUEUED\r\n+OK\r\n:1\r\n");
    }

    #[test]
    fn a_command_that_redis_refuses_before_it_is_queued_refuses_the_transaction() {
        let full = || script().on(["C"]).answer(Answer::error_of(ErrorKind::OutOfMemory));
        for server in [full(), script()] {
            let replies = asked(server, &["MULTI", "A", "C", "EXEC", "A"]);
            let lines: Vec<_> = replies.lines().collect();
            assert_eq!(lines[..2], ["+OK", "+QUEUED"]);
            assert!(lines[2].starts_with("-OOM ") || lines[2].starts_with("-UNSCRIPTED "), "{replies}");
            assert!(lines[3].starts_with("-EXECABORT "), "{replies}");
            assert_eq!(lines[4], ":1");
        }
    }
}
