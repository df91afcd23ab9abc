use redis_service_runtime::Queue;

/// A wake-up without a reason. Several of them are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signal(bool);

impl Signal {
    pub(crate) fn set(&mut self) {
        self.0 = true;
    }
}

impl Queue for Signal {
    type Item = ();

    fn pop(&mut self) -> Option<()> {
        std::mem::take(&mut self.0).then_some(())
    }

    fn clear(&mut self) {
        self.0 = false;
    }
}
