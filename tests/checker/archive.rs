//! The logs of the servers, kept before they are trimmed, flushed or lost.

use redis_testkit::{Error, Inspector, Value as Reply};

use crate::{
    check,
    history::{Branch, Commit, Items, Record, Value},
    plan::KEYS,
};

#[derive(Debug, Default)]
pub(crate) struct Archive {
    finished: Vec<Branch>,
    current: Branch,
}

/// How many commits are left of a log that is trimmed.
const LEFT: usize = 3;

impl Archive {
    /// Reads what is new in a server's log.
    pub(crate) fn read(&mut self, cli: &mut Inspector) -> Result<(), Error> {
        let from = self.next();
        let log = cli.call(&["XRANGE", KEYS[1], &from, "+"])?;
        let epoch = cli.call(&["HGET", KEYS[0], "#epoch"])?;
        self.enter(log, epoch)
    }

    /// Trims a server's log to its last commits.
    pub(crate) fn trim(&mut self, cli: &mut Inspector) -> Result<(), Error> {
        self.read(cli)?;
        let least = self.current.commits.len().saturating_sub(LEFT);
        cli.call(&["XTRIM", KEYS[1], "MINID", &format!("{least}-0")]).map(drop)
    }

    /// Loses everything by `command`, and begins a new branch. Reads what is lost in the same step.
    pub(crate) fn lose(&mut self, cli: &mut Inspector, command: &[&str]) -> Result<(), Error> {
        let from = self.next();
        cli.call(&["MULTI"])?;
        cli.call(&["XRANGE", KEYS[1], &from, "+"])?;
        cli.call(&["HGET", KEYS[0], "#epoch"])?;
        cli.call(command)?;
        let Reply::Array(replies) = cli.call(&["EXEC"])? else { return Err(unexpected("no replies")) };
        let [log, epoch, _] = <[Reply; 3]>::try_from(replies).map_err(|_| unexpected("other replies"))?;
        self.enter(log, epoch)?;
        self.finished.push(std::mem::take(&mut self.current));
        Ok(())
    }

    /// Goes on with another server, which has an older part of this one's log, and what came after it there.
    pub(crate) fn fail_over(&mut self, lost: &mut Inspector, there: &mut Inspector) -> Result<(), Error> {
        self.read(lost)?;
        let mut other = Self::default();
        other.read_all(there)?;
        let first = other.current.commits.first().map_or(1, |commit| commit.revision);
        let shared = self.current.commits.iter().filter(|commit| commit.revision < first).cloned();
        other.current.commits.splice(..0, shared);
        self.finished.push(std::mem::replace(&mut self.current, other.current));
        Ok(())
    }

    pub(crate) fn branches(self) -> Vec<Branch> {
        let Self { mut finished, current } = self;
        finished.push(current);
        finished
    }

    /// The state of the last server, from its log.
    pub(crate) fn items(&self) -> Items {
        check::items_at(&self.current, self.current.commits.len() as u64).unwrap_or_default()
    }

    fn read_all(&mut self, cli: &mut Inspector) -> Result<(), Error> {
        let log = cli.call(&["XRANGE", KEYS[1], "-", "+"])?;
        let epoch = cli.call(&["HGET", KEYS[0], "#epoch"])?;
        self.enter(log, epoch)
    }

    /// The id of what is new.
    fn next(&self) -> String {
        format!("{}-0", self.current.commits.len() + 1)
    }

    fn enter(&mut self, log: Reply, epoch: Reply) -> Result<(), Error> {
        if let Reply::Bulk(epoch) = epoch {
            self.current.epoch = text(&epoch);
        }
        let Reply::Array(entries) = log else { return Err(unexpected("no log")) };
        for entry in entries {
            let (revision, size, record) = record(entry).ok_or_else(|| unexpected("another record"))?;
            match self.current.commits.last_mut().filter(|commit| commit.revision == revision) {
                Some(commit) => commit.records.push(record),
                None => self.current.commits.push(Commit { revision, size, records: vec![record] }),
            }
        }
        Ok(())
    }
}

/// The revision, the size of the commit, and what one record of the log says.
fn record(entry: Reply) -> Option<(u64, usize, Record)> {
    let Reply::Array(parts) = entry else { return None };
    let [Reply::Bulk(id), Reply::Array(fields)] = <[Reply; 2]>::try_from(parts).ok()? else { return None };
    let revision = text(&id).split('-').next()?.parse().ok()?;
    let words: Option<Vec<Vec<u8>>> = fields
        .into_iter()
        .map(|field| match field {
            Reply::Bulk(word) => Some(word),
            _ => None,
        })
        .collect();
    let words = words?;
    let field = |name: &str| {
        let mut pairs = words.chunks(2);
        pairs.find(|pair| pair[0] == name.as_bytes()).map(|pair| pair[1].clone())
    };
    let is_put = field("kind")? == b"put";
    let value = if is_put { Some(serde_json::from_slice::<Value>(&field("value")?).ok()?) } else { None };
    let record = Record {
        key: text(&field("key")?),
        number: text(&field("version")?).parse().ok()?,
        digest: text(&field("digest")?),
        value,
        is_rollback: field("restores")? != b"0",
    };
    Some((revision, text(&field("size")?).parse().ok()?, record))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unexpected(what: &str) -> Error {
    Error::Reply(what.to_owned())
}
