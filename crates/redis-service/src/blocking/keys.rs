use std::{iter::FusedIterator, vec};

use super::{Scan, runtime::example};
use crate::{error::Result, scan::FoundKey};

/// The keys that match a pattern, one by one: an iterator that requests a page from Redis whenever the last
/// one is used up. An error ends it.
///
#[doc = example!("keys.md")]
#[derive(Debug)]
#[must_use = "no key is requested until `next` is called"]
pub struct Keys {
    scan: Scan,
    page: vec::IntoIter<FoundKey>,
}

impl Keys {
    pub(crate) fn new(scan: Scan) -> Self {
        Self { scan, page: Vec::new().into_iter() }
    }
}

impl Keys {
    /// Returns the next key; `None` after the last, and after an error.
    #[expect(
        clippy::should_implement_trait,
        reason = "it does; this method is for code that serves both APIs"
    )]
    pub fn next(&mut self) -> Option<Result<FoundKey>> {
        Iterator::next(self)
    }
}

impl Iterator for Keys {
    type Item = Result<FoundKey>;

    fn next(&mut self) -> Option<Result<FoundKey>> {
        loop {
            if let Some(key) = self.page.next() {
                return Some(Ok(key));
            }
            match self.scan.page() {
                Ok(Some(page)) => self.page = page.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl FusedIterator for Keys {}
