use super::StreamId;
use crate::{
    error::{Error, Result},
    values::Expiry,
};

/// How a stream is trimmed: which of its oldest items are removed.
///
/// ```
/// use redis_service::streams::{StreamId, Trim};
///
/// let trims = [Trim::to_length(10_000).about(), Trim::before(StreamId::new(1_700_000_000_000, 0))];
/// # let _ = trims;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    limit: Limit,
    is_about: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Length(u64),
    Before(StreamId),
}

impl Trim {
    /// Keeps the newest `items` items.
    #[must_use]
    pub fn to_length(items: u64) -> Self {
        Self { limit: Limit::Length(items), is_about: false }
    }

    /// Removes the items with lower ids than `id`.
    #[must_use]
    pub fn before(id: StreamId) -> Self {
        Self { limit: Limit::Before(id), is_about: false }
    }

    /// Lets Redis keep some more items, where that is much cheaper: it then removes whole blocks, by default of 100
    /// items. It never removes an item that the exact form keeps.
    #[must_use]
    pub fn about(self) -> Self {
        Self { is_about: true, ..self }
    }

    /// Returns the words of the option.
    pub(crate) fn words(self) -> [String; 3] {
        let (name, threshold) = match self.limit {
            Limit::Length(items) => ("MAXLEN", items.to_string()),
            Limit::Before(id) => ("MINID", id.to_string()),
        };
        [name.to_owned(), if self.is_about { "~" } else { "=" }.to_owned(), threshold]
    }
}

/// How an item is added to a stream.
///
/// ```
/// use std::time::Duration;
///
/// use redis_service::streams::{AddOptions, Trim};
///
/// let options = AddOptions::default()
///     .with_trim(Trim::to_length(10_000).about())
///     .with_operation("order:7:paid", Duration::from_secs(86_400));
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct AddOptions {
    pub(crate) trim: Option<Trim>,
    pub(crate) id: Option<StreamId>,
    /// The operation's id, and how long it is remembered.
    pub(crate) operation: Option<(String, Expiry)>,
}

impl AddOptions {
    /// Trims the stream in the same step.
    #[must_use]
    pub fn with_trim(self, trim: Trim) -> Self {
        Self { trim: Some(trim), ..self }
    }

    /// Gives the item this id. It must be greater than the last id of the stream. By default the server makes an id
    /// from its clock.
    #[must_use]
    pub fn with_id(self, id: StreamId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Adds the item only once for this operation, which is remembered for so long: a repetition adds nothing, and
    /// returns the id of the first item. So adding is idempotent, and is retried after a lost reply.
    ///
    /// The operation is remembered in a key beside the stream, on the same slot of a cluster, with the name
    /// `<stream>:once:<operation>`, or `once:{<stream>}:<operation>` if the stream's key has no hash tag.
    #[must_use]
    pub fn with_operation(self, operation: impl Into<String>, remembered_for: impl Into<Expiry>) -> Self {
        Self { operation: Some((operation.into(), remembered_for.into())), ..self }
    }

    /// Returns the words of `XADD` between the key and the fields.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an id that no item can have.
    pub(crate) fn words(&self) -> Result<Vec<String>> {
        let mut words: Vec<String> = self.trim.map(Trim::words).into_iter().flatten().collect();
        words.push(match self.id {
            None => "*".to_owned(),
            Some(StreamId::MIN) => return Err(Error::invalid_input("no item of a stream has the id 0-0")),
            Some(id) => id.to_string(),
        });
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_before_the_id() {
        let options = AddOptions::default().with_trim(Trim::to_length(9).about());
        assert_eq!(options.words().unwrap(), ["MAXLEN", "~", "9", "*"]);
        let options = AddOptions::default().with_trim(Trim::before(StreamId::new(5, 1)));
        let options = options.with_id(StreamId::new(7, 0));
        assert_eq!(options.words().unwrap(), ["MINID", "=", "5-1", "7-0"]);
        assert!(AddOptions::default().with_id(StreamId::MIN).words().is_err());
    }
}
