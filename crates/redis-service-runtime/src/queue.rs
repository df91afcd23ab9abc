/// The items that a mailbox keeps for its reader, in both APIs.
pub trait Queue {
    /// The item that the reader takes.
    type Item;

    /// Removes and returns the next item, if there is one.
    fn pop(&mut self) -> Option<Self::Item>;

    /// Removes all items.
    fn clear(&mut self);
}
