/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEnd {
    /// The end with index 0, which Redis calls the left one.
    Front,
    /// The end with index -1, which Redis calls the right one.
    Back,
}

impl ListEnd {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Front => "LEFT",
            Self::Back => "RIGHT",
        }
    }
}
