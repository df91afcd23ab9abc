use std::fmt;

/// How what Redis holds contradicts what it held before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResetReason {
    /// Both keys are gone: flushed, deleted, renamed, expired or evicted.
    Emptied,
    /// The values are gone, and the log exists.
    ValuesLost,
    /// The log is gone, and the values exist.
    LogLost,
    /// Log and values are of different revisions: one of them was restored, or written by another program.
    Disagreement,
    /// The keys have another type or form, or a value does not match its digest: another program wrote to them. The
    /// readable values are delivered.
    Foreign,
    /// Everything was lost, and a new history began.
    NewEpoch,
    /// Redis is behind what was known: it lost commits, or was restored from an older dump.
    Regressed,
    /// Redis has another commit in place of a known one: it lost commits, and others followed.
    Forked,
    /// Records are missing in the middle of the log.
    LogBroken,
}

/// What it means, in half a sentence: `the log is gone, and the values exist`.
impl fmt::Display for ResetReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emptied => "both keys are gone: flushed, deleted, renamed, expired or evicted",
            Self::ValuesLost => "the values are gone, and the log exists",
            Self::LogLost => "the log is gone, and the values exist",
            Self::Disagreement => "log and values are of different revisions",
            Self::Foreign => "another program wrote to the keys",
            Self::NewEpoch => "everything was lost, and a new history began",
            Self::Regressed => "Redis lost commits, or was restored from an older dump",
            Self::Forked => "Redis has other commits in place of those that were known",
            Self::LogBroken => "records are missing in the middle of the log",
        })
    }
}
