use std::{sync::Arc, time::Instant};

use super::Mirror;

/// What a store knows of its snapshot file, which others may write as well.
#[derive(Debug, Default)]
pub(crate) struct SnapshotProgress {
    /// What this store wrote last.
    written: Option<Mirror>,
    /// Whether the file holds that for all that is known.
    is_current: bool,
    /// What the file held instead, which may be newer, and when that was read.
    kept: Option<([String; 3], Instant)>,
}

impl SnapshotProgress {
    /// Whether this is what was written last.
    pub(crate) fn is_saved(&self, mirror: &Mirror) -> bool {
        let is_same = |written: &Mirror| {
            written.known() == mirror.known() && Arc::ptr_eq(&written.state.entries, &mirror.state.entries)
        };
        self.is_current && self.written.as_ref().is_some_and(is_same)
    }

    /// The states of the file that are not newer than a mirror that Redis confirmed when it was asked at `confirmed`: what
    /// this store wrote, and what was there before Redis was asked.
    pub(crate) fn replaceable(&self, confirmed: Instant) -> Vec<[String; 3]> {
        let kept = self.kept.iter().filter(|(_, read)| *read <= confirmed).map(|(known, _)| known.clone());
        self.written.iter().map(Mirror::known).chain(kept).collect()
    }

    /// The mirror was written.
    pub(crate) fn written(&mut self, mirror: Mirror) {
        *self = Self { written: Some(mirror), is_current: true, kept: None };
    }

    /// The file held this, and was not written.
    pub(crate) fn kept(&mut self, known: [String; 3], read: Instant) {
        (self.is_current, self.kept) = (false, Some((known, read)));
    }

    /// The file could not be written.
    pub(crate) fn failed(&mut self) {
        self.is_current = false;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_the_file_held_before_redis_was_asked_is_replaceable() {
        let now = Instant::now();
        let mirror = Mirror::default();
        let newer = ["e", "9", "h"].map(str::to_owned);
        let mut progress = SnapshotProgress::default();
        assert!(!progress.is_saved(&mirror) && progress.replaceable(now).is_empty());
        progress.written(mirror.clone());
        assert!(progress.is_saved(&mirror));
        progress.kept(newer.clone(), now);
        assert!(!progress.is_saved(&mirror));
        assert_eq!(progress.replaceable(now - Duration::from_secs(1)), [mirror.known()]);
        assert_eq!(progress.replaceable(now), [mirror.known(), newer]);
    }
}
