/// Why somebody who waits for a bell is woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rung {
    /// The server announced a change.
    pub(crate) is_hinted: bool,
    /// This process wants to know.
    pub(crate) is_asked: bool,
    /// It is over.
    pub(crate) is_stopped: bool,
}

impl Rung {
    pub(crate) fn is_rung(self) -> bool {
        self != Self::default()
    }

    /// What has rung since it was last asked; that it is over is never forgotten.
    pub(crate) fn take(&mut self) -> Self {
        let rung = *self;
        *self = Self { is_stopped: self.is_stopped, ..Self::default() };
        rung
    }
}
