//! Commands of a batch that are applied together or not at all, while the batch itself is not a transaction.

use std::{borrow::Cow, ops::Range};

use crate::{
    error::{Error, ErrorKind, Outcome, Result},
    protocol::{Command, RawPipeline, Reply, RetryCategory},
};

/// Returns the pipeline with `MULTI` and `EXEC` around each group. The groups are in order, and none is
/// empty.
pub(super) fn wrap_in_multi<'a>(pipeline: &'a RawPipeline, groups: &[Range<usize>]) -> Cow<'a, RawPipeline> {
    if groups.is_empty() {
        return Cow::Borrowed(pipeline);
    }
    // On their own they change nothing: the commands between them decide whether the pipeline may be retried.
    let mark = |name| Command::new(name).in_category(RetryCategory::ReadOnly);
    let mut wrap_in_multi = RawPipeline::new();
    let mut groups = groups.iter().peekable();
    for (index, command) in pipeline.commands().iter().enumerate() {
        if groups.peek().is_some_and(|group| group.start == index) {
            wrap_in_multi.push(mark("MULTI"));
        }
        wrap_in_multi.push(command.clone());
        if groups.next_if(|group| group.end == index + 1).is_some() {
            wrap_in_multi.push(mark("EXEC"));
        }
    }
    Cow::Owned(wrap_in_multi)
}

/// Returns one reply for each command, from the replies to a pipeline that was wrapped in MULTI.
pub(super) fn unwrap_exec(replies: Vec<Result<Reply>>, groups: &[Range<usize>]) -> Vec<Result<Reply>> {
    if groups.is_empty() {
        return replies;
    }
    let mut replies = replies.into_iter();
    let mut unwrap_exec = Vec::with_capacity(replies.len());
    let mut refused = None;
    for group in groups {
        let before = group.start - unwrap_exec.len();
        unwrap_exec.extend(replies.by_ref().take(before).map(|reply| ran(reply, refused.as_ref())));
        match parse_group(replies.by_ref().take(group.len() + 2).collect()) {
            Ok(answers) if answers.len() == group.len() => unwrap_exec.extend(answers),
            // A transaction that a raw command began has ended with the group, whose replies are among its
            // own.
            Ok(_) => unwrap_exec.extend(group.clone().map(|_| Err(miscounted()))),
            // The refusal is the answer to each command of the group.
            Err(refusal) => {
                unwrap_exec.extend(group.clone().map(|_| Err(refusal.clone())));
                refused = Some(refusal);
            }
        }
    }
    unwrap_exec.extend(replies.map(|reply| ran(reply, refused.as_ref())));
    unwrap_exec
}

/// Returns the replies of one group's commands, or the reason why the server refused the group.
fn parse_group(mut answers: Vec<Result<Reply>>) -> Result<Vec<Result<Reply>>> {
    let executed = answers.pop().unwrap_or_else(|| Ok(Reply::nil()));
    match executed.and_then(Reply::into_replies) {
        Ok(Some(replies)) => Ok(replies),
        Ok(None) => Err(Error::new(ErrorKind::Conflict, "a watched key was changed")),
        Err(error) => {
            // Without a MULTI (the user may have no permission for it) each command runs on its own. Commands
            // that were only queued, in a transaction that the caller had begun, are discarded with that
            // transaction.
            let has_run = |answer: &Result<Reply>| answer.as_ref().is_ok_and(|reply| !reply.is_queued());
            let ran_singly = answers.first().is_some_and(Result::is_err) && answers.iter().any(has_run);
            // The refusal of the whole group says less than the error of one command.
            let refusal = answers.into_iter().find_map(Result::err).unwrap_or(error);
            Err(if ran_singly { refusal.with_outcome(Outcome::Unknown) } else { refusal })
        }
    }
}

/// After a group that could not be ended, the server queues commands and never runs them.
fn ran(reply: Result<Reply>, refused: Option<&Error>) -> Result<Reply> {
    match refused {
        Some(refusal) if reply.as_ref().is_ok_and(Reply::is_queued) => {
            Err(refusal.clone().with_outcome(Outcome::NotApplied))
        }
        _ => reply,
    }
}

fn miscounted() -> Error {
    Error::unexpected_reply("a reply to each command", "a different number of replies")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pipeline: &RawPipeline) -> Vec<&'static str> {
        pipeline.commands().iter().map(Command::name).collect()
    }

    fn replies(wires: &[&str]) -> Vec<Result<Reply>> {
        wires.iter().map(|wire| Reply::of(&format!("{wire}\r\n"))).collect()
    }

    fn group(commands: Range<usize>) -> Vec<Range<usize>> {
        vec![commands]
    }

    #[test]
    fn groups_are_enclosed_and_their_replies_opened() {
        let pipeline: RawPipeline = ["GET", "SET", "SET", "INCR"].into_iter().map(Command::new).collect();
        assert_eq!(names(&wrap_in_multi(&pipeline, &[])), ["GET", "SET", "SET", "INCR"]);
        let groups = group(1..3);
        assert_eq!(names(&wrap_in_multi(&pipeline, &groups)), ["GET", "MULTI", "SET", "SET", "EXEC", "INCR"]);
        let adjacent = [0..1, 1..3];
        let expected = ["MULTI", "GET", "EXEC", "MULTI", "SET", "SET", "EXEC", "INCR"];
        assert_eq!(names(&wrap_in_multi(&pipeline, &adjacent)), expected);
        let answers = replies(&["$-1", "+OK", "+QUEUED", "+QUEUED", "*2\r\n+OK\r\n-OOM no", ":7"]);
        let unwrap_exec = unwrap_exec(answers, &groups);
        assert_eq!(unwrap_exec.len(), 4);
        let kinds: Vec<_> = unwrap_exec.iter().map(|reply| reply.as_ref().err().map(Error::kind)).collect();
        assert_eq!(kinds, [None, None, Some(ErrorKind::OutOfMemory), None]);
    }

    #[test]
    fn a_refused_group_is_refused_as_a_whole_and_nothing_else_is() {
        let answers = replies(&["+OK", "-OOM no", "-EXECABORT no", ":7"]);
        let unwrap_exec = unwrap_exec(answers, &group(0..1));
        let kinds: Vec<_> = unwrap_exec.iter().map(|reply| reply.as_ref().err().map(Error::kind)).collect();
        assert_eq!(kinds, [Some(ErrorKind::OutOfMemory), None]);
    }

    fn outcomes(unwrap_exec: &[Result<Reply>]) -> Vec<Option<Outcome>> {
        unwrap_exec.iter().map(|reply| reply.as_ref().err().map(Error::outcome)).collect()
    }

    #[test]
    fn a_group_without_multi_ran_singly() {
        let unwrap_exec =
            unwrap_exec(replies(&["-NOPERM no", "+OK", "+OK", "-NOPERM no", ":7"]), &group(0..2));
        assert_eq!(outcomes(&unwrap_exec), [Some(Outcome::Unknown), Some(Outcome::Unknown), None]);
    }

    #[test]
    fn behind_a_group_that_was_not_ended_nothing_ran() {
        let unended = ["+QUEUED", "+OK", "+QUEUED", "-ERR unknown command 'EXEC'", "+QUEUED"];
        let unwrap_exec = unwrap_exec(replies(&unended), &group(1..2));
        let never = Some(Outcome::NotApplied);
        assert_eq!(outcomes(&unwrap_exec), [None, never, never]);
    }

    #[test]
    fn what_was_queued_and_discarded_was_not_applied() {
        let nested =
            replies(&["-ERR Command 'multi' not allowed inside a transaction", "+QUEUED", "-EXECABORT no"]);
        assert_eq!(outcomes(&unwrap_exec(nested, &group(0..1))), [Some(Outcome::NotApplied)]);
        let singly = replies(&["-NOPERM no", "+OK", "-NOPERM no"]);
        assert_eq!(outcomes(&unwrap_exec(singly, &group(0..1))), [Some(Outcome::Unknown)]);
    }

    #[test]
    fn a_group_with_the_replies_of_others_moves_nothing_from_its_place() {
        let answers = [
            "+OK",
            "+QUEUED",
            "-ERR MULTI calls can not be nested",
            "+QUEUED",
            "*2\r\n$-1\r\n+OK",
            "+OK",
            "+QUEUED",
            "*1\r\n+OK",
            ":7",
        ];
        let unwrap_exec = unwrap_exec(replies(&answers), &[2..3, 3..4]);
        assert_eq!(outcomes(&unwrap_exec), [None, None, Some(Outcome::Unknown), None, None]);
    }
}
