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

/// A walk over the keys that match a pattern, page by page: what [`Keys`] is made of.
///
/// As Redis walks: a key that is there from beginning to end is found, perhaps more than once; one that
/// comes or goes meanwhile may be found or not.
#[derive(Debug)]
#[must_use = "a walk asks Redis for nothing until its pages are asked for"]
pub struct Scan {
    service: Service,
    /// `None` once the last page was had.
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
    /// The next page, which may be empty; `None` after the last. Each page is a call of its own, with a
    /// deadline of its own. After an error the walk is over.
    ///
    /// Command: `SCAN`, over 1000 keys at a time.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if the namespace makes no sense.
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
    /// One page, and where the next begins.
    async fn fetch(&self, cursor: Cursor) -> Result<(Vec<Vec<u8>>, Option<Cursor>)> {
        let reply = self.client.engine.call(self.client.call_options(), &cursor.command()).await?;
        cursor.read(reply)
    }
}

/// Keys by pattern.
#[dual]
impl Service {
    /// The keys that match `pattern` below the namespace, without it, one by one and lazily: no more than a
    /// page of them is ever held, however many there are. Redis may name a key more than once;
    /// [`list_keys`](Self::list_keys) does not.
    ///
    /// Command: `SCAN`, over 1000 keys at a time, each time a call with a deadline of its own.
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

    /// The keys that match `pattern` below the namespace, each once, up to `limit` of them, and whether
    /// there are more.
    ///
    /// Command: `SCAN`, over 1000 keys at a time, each time a call with a deadline of its own.
    ///
    /// # Errors
    ///
    /// Whatever keeps Redis from answering; `InvalidInput` if the namespace makes no sense.
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
