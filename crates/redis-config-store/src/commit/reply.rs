use super::{Commit, Committed, Effect};
use crate::{
    error::{Result, StoreError, StoreErrorKind},
    protocol::{Damage, ReplyReader, Summary},
    version::Expect,
};

impl Commit {
    /// Reads the script's answer.
    pub(crate) fn read(&self, words: Vec<Vec<u8>>) -> Result<Committed> {
        let mut reply = ReplyReader::new(words);
        let effect = match &*reply.text("the effect")? {
            "done" => Effect::Done,
            "unchanged" => Effect::Unchanged,
            "repeated" => Effect::Repeated,
            "trimmed" => {
                let revision = reply.number("the revision")?;
                return Err(StoreError::trimmed(format!(
                    "was done as revision {revision}, which is no longer in the log"
                )));
            }
            "other" => {
                let revision = reply.number("the revision")?;
                return Err(StoreError::invalid_input(format!(
                    "the name of the operation was used at revision {revision} for a commit with other keys or values"
                )));
            }
            "conflict" => return Err(self.read_conflict(&mut reply)?),
            "damaged" => {
                return Err(StoreError::damaged(Damage::read(&mut reply)?.reason()));
            }
            "exhausted" => {
                return Err(StoreError::invalid_input("a key cannot have more than 2^53 versions"));
            }
            _ => return Err(StoreError::unexpected_reply("the effect")),
        };
        let epoch = reply.text("the epoch")?;
        let revision = reply.number("the revision")?;
        let time = reply.number("the time")?;
        let mut versions = Vec::with_capacity(self.changes.len());
        for _ in &self.changes {
            versions.push(read_summary(&mut reply)?.version);
        }
        Ok(Committed { epoch, revision, effect, versions, time })
    }

    fn read_conflict(&self, reply: &mut ReplyReader) -> Result<StoreError> {
        let place = reply.number("the place of a key")?;
        let change = usize::try_from(place).ok().and_then(|place| self.changes.get(place));
        let change = change.ok_or_else(|| StoreError::unexpected_reply("the place of a key"))?;
        let current = match Summary::parse(&reply.text("a summary")?) {
            Some(summary) if summary.is_live => Some(summary.version),
            _ => None,
        };
        let message = match (change.expect, current) {
            (Expect::Absent, _) => "exists already".to_owned(),
            (_, Some(current)) => format!("was changed, and is now at version {}", current.number),
            (_, None) => "does not exist".to_owned(),
        };
        Ok(StoreError::new(StoreErrorKind::Conflict, message).on_key(&change.key).with_current(current))
    }
}

fn read_summary(reply: &mut ReplyReader) -> Result<Summary> {
    Summary::parse(&reply.text("a summary")?).ok_or_else(|| StoreError::unexpected_reply("a summary"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_names_the_current_version() {
        let commit = Commit::new().put_if("a", &1, Expect::Absent).unwrap();
        let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let reply = ["conflict", "0", &format!("3 1 {digest} 8")].map(|word| word.as_bytes().to_vec());
        let error = commit.read(reply.to_vec()).unwrap_err();
        assert_eq!((error.kind(), error.key()), (StoreErrorKind::Conflict, Some("a")));
        assert_eq!(error.current().unwrap().number, 3);
        assert!(commit.read(vec![b"done".to_vec()]).is_err());
        assert!(commit.read(vec![]).is_err());
    }
}
