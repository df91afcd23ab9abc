use super::answer::error_line;

/// A transaction under way on a connection.
#[derive(Default)]
pub(super) struct Transaction {
    /// The replies to its commands, and how many.
    replies: Vec<u8>,
    count: usize,
    is_refused: bool,
}

impl Transaction {
    /// Keeps the reply to a command for the reply to EXEC, and returns what the server answers now.
    pub(super) fn queue(&mut self, reply: &[u8]) -> Vec<u8> {
        self.replies.extend_from_slice(reply);
        self.count += 1;
        b"+QUEUED\r\n".to_vec()
    }

    /// Notes that a command was refused, and so the whole transaction.
    pub(super) fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Returns the reply to EXEC.
    pub(super) fn execute(self) -> Vec<u8> {
        if self.is_refused {
            return error_line("EXECABORT Transaction discarded because of previous errors.");
        }
        let mut wire = format!("*{}\r\n", self.count).into_bytes();
        wire.extend_from_slice(&self.replies);
        wire
    }
}

/// Returns whether Redis refuses a command with this error before it queues it, not when it runs it.
pub(super) fn is_refused_at_once(text: &str) -> bool {
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
