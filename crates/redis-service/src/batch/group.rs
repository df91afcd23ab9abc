//! Commands of a batch that are done together or not at all, while the batch itself is no transaction.

use std::{borrow::Cow, ops::Range};

use crate::{Category, Command, Error, ErrorKind, Pipeline, Reply, Result};

/// The pipeline with `MULTI` and `EXEC` around each group.
pub(super) fn enclosed<'a>(pipeline: &'a Pipeline, groups: &[Range<usize>]) -> Cow<'a, Pipeline> {
    if groups.is_empty() {
        return Cow::Borrowed(pipeline);
    }
    // By themselves they do nothing: what may be sent again is decided by what they enclose.
    let mark = |name| Command::new(name).in_category(Category::ReadOnly);
    let mut enclosed = Pipeline::new();
    for (index, command) in pipeline.commands().iter().enumerate() {
        if groups.iter().any(|group| group.start == index) {
            enclosed.push(mark("MULTI"));
        }
        enclosed.push(command.clone());
        if groups.iter().any(|group| group.end == index + 1) {
            enclosed.push(mark("EXEC"));
        }
    }
    Cow::Owned(enclosed)
}

/// One reply for each command, from those to an enclosed pipeline.
pub(super) fn opened(replies: Vec<Result<Reply>>, groups: &[Range<usize>]) -> Vec<Result<Reply>> {
    if groups.is_empty() {
        return replies;
    }
    let mut replies = replies.into_iter();
    let mut opened = Vec::with_capacity(replies.len());
    for group in groups {
        let before = group.start - opened.len();
        opened.extend(replies.by_ref().take(before));
        let answers: Vec<_> = replies.by_ref().take(group.len() + 2).collect();
        opened.extend(settled(answers, group.len()));
    }
    opened.extend(replies);
    opened
}

/// The replies of one group's commands. If the server refused it, that is the answer to each of them.
fn settled(mut answers: Vec<Result<Reply>>, commands: usize) -> Vec<Result<Reply>> {
    let executed = answers.pop().unwrap_or_else(|| Ok(Reply::nil()));
    let refusal = match executed.and_then(Reply::into_replies) {
        Ok(Some(replies)) => return replies,
        Ok(None) => Error::new(ErrorKind::Conflict, "a watched key was changed"),
        // That the whole is refused says less than what was wrong with one of them.
        Err(error) => answers.into_iter().find_map(Result::err).unwrap_or(error),
    };
    (0..commands).map(|_| Err(refusal.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pipeline: &Pipeline) -> Vec<&'static str> {
        pipeline.commands().iter().map(Command::name).collect()
    }

    fn replies(wires: &[&str]) -> Vec<Result<Reply>> {
        wires.iter().map(|wire| Reply::of(&format!("{wire}\r\n"))).collect()
    }

    #[test]
    fn groups_are_enclosed_and_their_replies_opened() {
        let pipeline: Pipeline = ["GET", "SET", "SET", "INCR"].into_iter().map(Command::new).collect();
        assert_eq!(names(&enclosed(&pipeline, &[])), ["GET", "SET", "SET", "INCR"]);
        let groups = vec![Range { start: 1, end: 3 }];
        assert_eq!(names(&enclosed(&pipeline, &groups)), ["GET", "MULTI", "SET", "SET", "EXEC", "INCR"]);
        let answers = replies(&["$-1", "+OK", "+QUEUED", "+QUEUED", "*2\r\n+OK\r\n-OOM no", ":7"]);
        let opened = opened(answers, &groups);
        assert_eq!(opened.len(), 4);
        let kinds: Vec<_> = opened.iter().map(|reply| reply.as_ref().err().map(Error::kind)).collect();
        assert_eq!(kinds, [None, None, Some(ErrorKind::OutOfMemory), None]);
    }

    #[test]
    fn a_refused_group_is_refused_as_a_whole_and_nothing_else_is() {
        let answers = replies(&["+OK", "-OOM no", "-EXECABORT no", ":7"]);
        let opened = opened(answers, &[Range { start: 0, end: 1 }]);
        let kinds: Vec<_> = opened.iter().map(|reply| reply.as_ref().err().map(Error::kind)).collect();
        assert_eq!(kinds, [Some(ErrorKind::OutOfMemory), None]);
    }
}
