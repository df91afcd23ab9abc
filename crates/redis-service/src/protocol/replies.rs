//! The replies to a pipeline.

use redis::{RedisError, Value};

use super::{RawPipeline, Reply, ReplyTypes, reply::unexpected};
use crate::error::{Error, ErrorKind, Outcome, Result, Stage, classify};

impl Reply {
    /// Returns OK if none of these replies is an error.
    ///
    /// # Errors
    ///
    /// The first error among the replies.
    pub(crate) fn all(replies: Vec<Result<Self>>) -> Result<Self> {
        replies.into_iter().try_for_each(|reply| reply.map(drop))?;
        Ok(Self(Value::Okay))
    }

    /// Returns whether the reply says that the command was queued, to run later.
    pub(crate) fn is_queued(&self) -> bool {
        is_queued(&self.0)
    }

    /// Returns the replies to the commands of one transaction, each of them or its error; `None` for nil.
    ///
    /// # Errors
    ///
    /// `Protocol` if the reply is neither an array nor nil.
    pub(crate) fn into_replies(self) -> Result<Option<Vec<Result<Self>>>> {
        match self.0 {
            Value::Nil => Ok(None),
            Value::Array(replies) => Ok(Some(replies.into_iter().map(Self::from_server).collect())),
            other => Err(unexpected("an array", other)),
        }
    }
}

impl RawPipeline {
    /// Extracts the replies of the commands, in order, from everything that the server sent.
    ///
    /// # Errors
    ///
    /// Of an atomic pipeline: the first error that made the server refuse it, or `Conflict` if a watched key
    /// had changed. Nothing was applied then. `Protocol`, with outcome `Unknown`, if one of the replies
    /// cannot be to its command.
    pub(crate) fn parse_replies(&self, mut values: Vec<Value>) -> Result<Vec<Result<Reply>>> {
        if !self.can_have(&values) {
            return Err(Error::out_of_step());
        }
        if !self.is_atomic() {
            return Ok(values.into_iter().map(Reply::from_server).collect());
        }
        let executed = values.pop().unwrap_or(Value::Nil);
        match executed {
            Value::Array(replies) => Ok(replies.into_iter().map(Reply::from_server).collect()),
            Value::Nil => Err(Error::new(ErrorKind::Conflict, "a watched key was changed")),
            Value::ServerError(refusal) => {
                // A command that was refused says why; EXEC only says that one was.
                let is_error = |value: &Value| matches!(value, Value::ServerError(_));
                // Without a MULTI (the user may have no permission for it) each command runs on its own.
                let ran_singly = values.first().is_some_and(is_error) && !values.iter().all(is_error);
                let cause = values.into_iter().find_map(|queued| Reply::from_server(queued).err());
                let error = cause.unwrap_or_else(|| classify(&RedisError::from(refusal), Stage::Sent));
                Err(if ran_singly { error.with_outcome(Outcome::Unknown) } else { error })
            }
            other => Err(unexpected("an array", other)),
        }
    }
}

impl RawPipeline {
    /// Returns whether each of these can be the reply to its command.
    fn can_have(&self, values: &[Value]) -> bool {
        if self.is_atomic() {
            return values.iter().all(|value| ReplyTypes::ANY.contain(value));
        }
        let commands = self.commands();
        let is_queued = commands.iter().any(|command| command.name() == "MULTI");
        values.iter().zip(commands).all(|(value, command)| {
            let types = command.reply_types();
            if is_queued { types.or_queued().contain(value) } else { types.contain(value) }
        })
    }
}

fn is_queued(reply: &Value) -> bool {
    matches!(reply, Value::SimpleString(text) if text == "QUEUED")
}

/// Returns whether the replies leave the server within a transaction: it would queue all later commands.
pub(crate) fn is_left_open(replies: &[Value]) -> bool {
    match replies.split_last() {
        // After the end of a transaction, nothing is queued.
        Some((last, _)) if is_queued(last) => true,
        Some((Value::ServerError(refusal), queued)) => {
            !gives_up_transaction(refusal.code()) && queued.iter().any(is_queued)
        }
        _ => false,
    }
}

/// Returns whether an error of this code, as the answer to EXEC, ends the transaction: a node of a cluster
/// that redirects its caller also discards the queued commands.
fn gives_up_transaction(code: &str) -> bool {
    matches!(code, "EXECABORT" | "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN" | "CROSSSLOT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(wire: &str) -> Value {
        redis::parse_redis_value(wire.as_bytes()).unwrap()
    }

    #[test]
    fn a_transaction_refused_names_the_command_to_blame() {
        let pipeline = RawPipeline::new().atomic();
        let refused = ["+OK\r\n", "-OOM no\r\n", "-EXECABORT no\r\n"].map(parse).to_vec();
        assert_eq!(pipeline.parse_replies(refused).unwrap_err().kind(), ErrorKind::OutOfMemory);
        let refused = ["-NOPERM no\r\n", "-NOPERM no\r\n", "-NOPERM no\r\n"].map(parse).to_vec();
        assert!(pipeline.parse_replies(refused).unwrap_err().is_not_applied());
        let singly = ["-NOPERM no\r\n", "+OK\r\n", "-NOPERM no\r\n"].map(parse).to_vec();
        let error = pipeline.parse_replies(singly).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Permission, Outcome::Unknown));
        let conflict = ["+OK\r\n", "+QUEUED\r\n", "*-1\r\n"].map(parse).to_vec();
        assert_eq!(pipeline.parse_replies(conflict).unwrap_err().kind(), ErrorKind::Conflict);
        let done = ["+OK\r\n", "+QUEUED\r\n", "*1\r\n:1\r\n"].map(parse).to_vec();
        assert_eq!(pipeline.parse_replies(done).unwrap().len(), 1);
    }

    #[test]
    fn a_transaction_is_left_open_if_it_is_neither_run_nor_given_up() {
        for (last, is_open) in [
            ("*1\r\n:1\r\n", false),
            ("*-1\r\n", false),
            ("-EXECABORT no\r\n", false),
            ("-MOVED 1 127.0.0.1:1\r\n", false),
            ("-ASK 1 127.0.0.1:1\r\n", false),
            ("-TRYAGAIN Multiple keys\r\n", false),
            ("-CLUSTERDOWN no\r\n", false),
            ("-ERR unknown command 'EXEC'\r\n", true),
        ] {
            assert_eq!(is_left_open(&["+OK\r\n", "+QUEUED\r\n", last].map(parse)), is_open, "{last:?}");
        }
        assert!(!is_left_open(&["+OK\r\n", "-ERR no\r\n"].map(parse)));
        assert!(!is_left_open(&[]));
    }

    #[test]
    fn each_command_of_a_plain_pipeline_has_its_own_result() {
        let replies = ["+OK\r\n", "-WRONGTYPE no\r\n"].map(parse).to_vec();
        let replies = RawPipeline::new().parse_replies(replies).unwrap();
        assert!(replies[0].is_ok());
        assert_eq!(replies[1].as_ref().unwrap_err().kind(), ErrorKind::WrongType);
    }
}
