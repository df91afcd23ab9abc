/// What was taken over from the legacy layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// How many keys there were.
    pub keys: u64,
    /// How many versions were committed: those that had not been before.
    pub versions: u64,
    /// The keys below the prefix that no store wrote: of another type. They were left alone.
    pub foreign: Vec<String>,
}
