use crate::error::Result;

/// Doing without Redis, where the caller says so.
///
/// ```
/// use redis_service::{Degrade, Error};
///
/// # fn get() -> Result<Option<u32>, Error> { Ok(Some(1)) }
/// // `redis.get("limit")?` fails while Redis is down; this is a miss then, with a warning.
/// let limit: Option<u32> = get().unavailable_as_none()?;
/// # Ok::<(), Error>(())
/// ```
pub trait Degrade {
    /// Turns "Redis is unavailable" ([`Error::is_unavailable`](crate::error::Error::is_unavailable)) into `None`,
    /// with a warning. Every other error stays what it is: a value that does not decode, a wrong password or
    /// a wrong type is not a miss.
    ///
    /// # Errors
    ///
    /// Whatever is not unavailability.
    fn unavailable_as_none(self) -> Self;
}

impl<T> Degrade for Result<Option<T>> {
    fn unavailable_as_none(self) -> Self {
        match self {
            Err(error) if error.is_unavailable() => {
                tracing::warn!(%error, "Redis is unavailable; going on without");
                Ok(None)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    #[test]
    fn unavailability_is_a_miss_and_nothing_else_is() {
        use ErrorKind::{Busy, CircuitOpen, Connection, Loading, PoolTimeout, Timeout};
        for kind in ErrorKind::ALL {
            let result = Err::<Option<u8>, _>(Error::new(kind, "")).unavailable_as_none();
            let is_miss = matches!(kind, Connection | Timeout | PoolTimeout | CircuitOpen | Loading | Busy);
            assert_eq!(result.is_ok(), is_miss, "{kind:?}");
        }
        assert_eq!(Ok(Some(1)).unavailable_as_none().unwrap(), Some(1));
    }
}
