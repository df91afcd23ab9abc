/// Which keys to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Every key.
    All,
    /// The keys with this prefix.
    Prefix(String),
    /// This key.
    Key(String),
}

impl Filter {
    /// Whether a key is one of them.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => key.starts_with(prefix),
            Self::Key(wanted) => key == wanted,
        }
    }
}

/// Which changes to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is current.
    State,
    /// Every commit.
    Log,
}
