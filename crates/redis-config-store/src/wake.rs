use redis_service_runtime::Queue;

/// That there is something to look at. However often it was said, it is one thing to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wake(bool);

impl Wake {
    pub(crate) fn call(&mut self) {
        self.0 = true;
    }
}

impl Queue for Wake {
    type Item = ();

    fn pop(&mut self) -> Option<()> {
        std::mem::take(&mut self.0).then_some(())
    }

    fn clear(&mut self) {
        self.0 = false;
    }
}
