use redis_service_runtime::Queue;

/// Why whoever follows a namespace is woken. What comes while it is busy is one ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rung {
    /// The server published that the log was written to.
    pub(crate) is_announced: bool,
    /// The server says that one of the keys is no longer as it was.
    pub(crate) is_invalidated: bool,
    /// This process wants to know.
    pub(crate) is_asked: bool,
    /// No ring: values were written to, and the log was not. That is no commit, or a named one that changed nothing.
    pub(crate) is_doubted: bool,
    /// No ring: it is another connection that listens, and may be another server.
    pub(crate) is_reconnected: bool,
    /// No ring: from now on it is listened for announcements; whether the server makes any is to be asked.
    pub(crate) is_listened: bool,
    /// No ring: whether the server says so when a key is no longer as it was.
    pub(crate) is_tracked: bool,
}

impl Rung {
    pub(crate) fn is_rung(self) -> bool {
        self.is_announced || self.is_invalidated || self.is_asked
    }

    /// Adds reasons. Whether keys are tracked stays as it is.
    pub(crate) fn add(&mut self, other: Self) {
        *self = Self { is_tracked: self.is_tracked, ..self.and(other) };
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            is_announced: self.is_announced || other.is_announced,
            is_invalidated: self.is_invalidated || other.is_invalidated,
            is_asked: self.is_asked || other.is_asked,
            is_doubted: self.is_doubted || other.is_doubted,
            is_reconnected: self.is_reconnected || other.is_reconnected,
            is_listened: self.is_listened || other.is_listened,
            is_tracked: other.is_tracked,
        }
    }
}

impl Queue for Rung {
    type Item = Self;

    fn pop(&mut self) -> Option<Self> {
        let rung = *self;
        self.clear();
        rung.is_rung().then_some(rung)
    }

    fn clear(&mut self) {
        *self = Self { is_tracked: self.is_tracked, ..Self::default() };
    }
}
