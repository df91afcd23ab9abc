use std::collections::HashSet;

use super::{
    Service,
    runtime::{Keys, dual, example},
};
use crate::{
    error::Result,
    scan::{self, Cursor, FoundKey, KeyList},
    values::Pattern,
};

/// A walk over the keys that match a pattern, page by page; [`Keys`] is built on it.
///
/// It has the guarantees of Redis' `SCAN`: a key that exists from beginning to end is found, perhaps more
/// than once; one that is created or removed meanwhile may be found or not.
///
#[doc = example!("scan.md")]
#[derive(Debug)]
#[must_use = "a walk sends nothing until `page` is called"]
pub struct Scan {
    service: Service,
    /// `None` after the last page.
    next: Option<Result<Cursor>>,
}

impl Scan {
    fn new(service: Service, pattern: &Pattern) -> Self {
        let cursor = service.root().pattern(pattern).map(Cursor::new);
        Self { service, next: Some(cursor) }
    }
}

#[dual]
impl Scan {
    /// Returns the next page, which may be empty; `None` after the last. Each page is a call of its own, with
    /// its own deadline. An error ends the walk.
    ///
    /// Command: `SCAN`, over 1000 keys at a time.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply; `InvalidInput` if the namespace is invalid.
    ///
    /// # Cancellation safety
    ///
    /// In the async API, dropping the future ends the walk: later calls return `None`. [`Keys`] does not have this
    /// restriction.
    #[doc(alias = "SCAN")]
    pub async fn page(&mut self) -> Result<Option<Vec<FoundKey>>> {
        self.page_of("keys").await
    }

    async fn page_of(&mut self, operation: &'static str) -> Result<Option<Vec<FoundKey>>> {
        let Some(cursor) = self.next.take() else { return Ok(None) };
        let page = match cursor {
            Ok(cursor) => self.service.fetch(cursor).await,
            Err(error) => Err(error),
        };
        let (page, next) = page.map_err(|error| error.during(operation))?;
        self.next = next.map(Ok);
        Ok(Some(scan::found(page, self.service.root())))
    }
}

#[dual]
impl Service {
    /// Fetches one page, and returns it with the cursor of the next.
    async fn fetch(&self, cursor: Cursor) -> Result<(Vec<Vec<u8>>, Option<Cursor>)> {
        let reply = self.client.engine.call(self.client.call_options(), &cursor.command()).await?;
        cursor.read(reply)
    }
}

/// Searches for keys by pattern.
#[dual]
impl Service {
    /// Walks over the keys that match `pattern` below the namespace, one by one and lazily: it holds no more
    /// than one page of them. The namespace is cut off the keys. Redis may return a key more than once;
    /// [`list_keys`](Self::list_keys) does not.
    ///
    /// Command: `SCAN`, over 1000 keys at a time. Each page is a call with its own deadline.
    ///
    #[doc = example!("keys.md")]
    #[doc(alias = "SCAN")]
    pub fn keys(&self, pattern: impl Into<Pattern>) -> Keys {
        Keys::new(self.scan(pattern))
    }

    /// As [`keys`](Self::keys), page by page.
    pub fn scan(&self, pattern: impl Into<Pattern>) -> Scan {
        Scan::new(self.clone(), &pattern.into())
    }

    /// Returns the keys that match `pattern` below the namespace, each once, up to `limit` of them, and
    /// whether there are more.
    ///
    /// Command: `SCAN`, over 1000 keys at a time. Each page is a call with its own deadline.
    ///
    /// # Errors
    ///
    /// Any failure to reach Redis or to get its reply; `InvalidInput` if the namespace is invalid.
    #[doc(alias = "SCAN")]
    pub async fn list_keys(&self, pattern: impl Into<Pattern> + Send, limit: usize) -> Result<KeyList> {
        let operation = "list_keys";
        let mut scan = self.scan(pattern);
        let mut keys = HashSet::new();
        while let Some(page) = scan.page_of(operation).await? {
            for key in page {
                if keys.len() < limit {
                    keys.insert(key);
                } else if !keys.contains(&key) {
                    return Ok(KeyList::new(keys.into_iter().collect(), true));
                }
            }
        }
        Ok(KeyList::new(keys.into_iter().collect(), false))
    }
}
