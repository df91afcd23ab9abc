use redis_service_runtime::Queue;

/// Why a replicator is woken. Reasons that arrive while it is busy are merged into one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WakeReason {
    /// The server sent a keyspace notification: the log was written to.
    pub(crate) is_notified: bool,
    /// The server sent an invalidation: one of the keys changed.
    pub(crate) is_invalidated: bool,
    /// This process requests a synchronization.
    pub(crate) is_requested: bool,
    /// Does not wake by itself: values were written to, and the log was not. That is no commit, or a named one that
    /// changed nothing.
    pub(crate) is_doubtful: bool,
    /// Does not wake by itself: the subscription is on a new connection, perhaps to another server.
    pub(crate) is_reconnected: bool,
    /// Does not wake by itself: the subscription has begun. The server's notification settings are to be read.
    pub(crate) is_subscribed: bool,
    /// Does not wake, and stays: whether the server tracks the keys.
    pub(crate) is_tracked: bool,
}

impl WakeReason {
    /// A request for a synchronization.
    pub(crate) const REQUEST: Self = Self {
        is_notified: false,
        is_invalidated: false,
        is_requested: true,
        is_doubtful: false,
        is_reconnected: false,
        is_subscribed: false,
        is_tracked: false,
    };

    /// Whether it wakes the replicator by itself.
    pub(crate) fn wakes(self) -> bool {
        self.is_notified || self.is_invalidated || self.is_requested
    }

    /// Adds reasons. Whether keys are tracked stays unchanged.
    pub(crate) fn add(&mut self, other: Self) {
        *self = Self { is_tracked: self.is_tracked, ..self.merge(other) };
    }

    pub(crate) fn merge(self, later: Self) -> Self {
        Self {
            is_notified: self.is_notified || later.is_notified,
            is_invalidated: self.is_invalidated || later.is_invalidated,
            is_requested: self.is_requested || later.is_requested,
            is_doubtful: self.is_doubtful || later.is_doubtful,
            is_reconnected: self.is_reconnected || later.is_reconnected,
            is_subscribed: self.is_subscribed || later.is_subscribed,
            is_tracked: later.is_tracked,
        }
    }
}

impl Queue for WakeReason {
    type Item = Self;

    fn pop(&mut self) -> Option<Self> {
        let reason = *self;
        self.clear();
        reason.wakes().then_some(reason)
    }

    fn clear(&mut self) {
        *self = Self { is_tracked: self.is_tracked, ..Self::default() };
    }
}
