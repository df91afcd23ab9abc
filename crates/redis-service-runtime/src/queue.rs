/// What a mailbox keeps for its reader, of either API.
pub trait Queue {
    /// What the reader takes, one after the other.
    type Item;

    /// The next, if there is any.
    fn pop(&mut self) -> Option<Self::Item>;

    /// Throws away what is there.
    fn clear(&mut self);
}
