use std::{io, mem, sync::Arc};

use super::{
    Answer, ServerState, Words,
    answer::{Effect, error_line},
    request, unscripted,
};

/// One connection to a scripted server, in memory: the client's bytes are answered as they are written.
#[derive(Debug)]
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

#[derive(Debug, Default)]
struct Transaction {
    /// The replies to its commands, and how many.
    replies: Vec<u8>,
    count: usize,
    is_refused: bool,
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
        match (name.as_slice(), &words[1..]) {
            (b"PING", [nonce]) => return Ok(Answer::bulk(nonce).0.wire().unwrap_or_default()),
            (b"AUTH" | b"SELECT", _) => return Ok(OK.to_vec()),
            (b"CLIENT", [what, ..]) if what == b"SETNAME" => return Ok(OK.to_vec()),
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

    /// Runs a command, or queues it within a transaction. Redis refuses some commands at once, and then the whole
    /// transaction.
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
                transaction.is_refused = true;
                reply
            }
            Some(transaction) => {
                transaction.replies.extend_from_slice(&reply);
                transaction.count += 1;
                b"+QUEUED\r\n".to_vec()
            }
        }
    }

    fn refuse(&self, words: &Words, reply: Vec<u8>) -> Vec<u8> {
        self.server.unexpected(words);
        reply
    }
}

impl Transaction {
    fn execute(self) -> Vec<u8> {
        if self.is_refused {
            return error_line("EXECABORT Transaction discarded because of previous errors.");
        }
        let mut wire = format!("*{}\r\n", self.count).into_bytes();
        wire.extend_from_slice(&self.replies);
        wire
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

/// The errors with which Redis refuses a command before it runs it, and before it queues it.
fn is_refused_at_once(text: &str) -> bool {
    const CODES: &[&str] = &[
        "NOAUTH",
        "NOPERM",
        "OOM",
        "READONLY",
        "BUSY",
        "LOADING",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "MISCONF",
        "NOREPLICAS",
        "CROSSSLOT",
        "MOVED",
        "ASK",
    ];
    let code = text.split(' ').next().unwrap_or_default();
    CODES.contains(&code)
        || text.starts_with("ERR unknown")
        || text.starts_with("ERR wrong number of arguments")
}
