use std::{iter::FusedIterator, vec};

use super::Scan;
use crate::{error::Result, scan::FoundKey};

/// The keys that match a pattern, one by one: an iterator that asks Redis for a page whenever the last one
/// is used up. After an error it is over.
#[derive(Debug)]
#[must_use = "keys are not looked for until they are asked for"]
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
    /// The next key; `None` after the last, and after an error.
    #[expect(clippy::should_implement_trait, reason = "it does; this is for code that serves both APIs")]
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
