/// What [`adopt_into`](crate::LegacyStore::adopt_into) took over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// How many keys the older layout has.
    pub keys: u64,
    /// How many versions were committed: those that had not been committed before.
    pub versions: u64,
    /// The keys below the prefix that no store wrote, because they are of another type. They were left alone.
    pub foreign: Vec<String>,
}
