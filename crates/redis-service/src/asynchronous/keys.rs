use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use futures_core::{FusedStream, Stream};

use super::{Scan, runtime::example};
use crate::{error::Result, scan::FoundKey};

/// The keys that match a pattern, one by one: a [`Stream`] that requests a page from Redis whenever the last
/// one is used up. An error ends it.
///
#[doc = example!("keys.md")]
#[must_use = "no key is requested until `next` is called"]
pub struct Keys {
    page: vec::IntoIter<FoundKey>,
    state: State,
}

enum State {
    Idle(Scan),
    Asking(Pin<Box<dyn Future<Output = ReplyContext> + Send>>),
    Over,
}

/// The walk and its next page.
type ReplyContext = (Scan, Result<Option<Vec<FoundKey>>>);

impl Keys {
    pub(crate) fn new(scan: Scan) -> Self {
        Self { page: Vec::new().into_iter(), state: State::Idle(scan) }
    }
}

impl Keys {
    /// Returns the next key; `None` after the last, and after an error.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future loses no key: the next call waits for the same page.
    pub async fn next(&mut self) -> Option<Result<FoundKey>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Keys {
    type Item = Result<FoundKey>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<FoundKey>>> {
        loop {
            if let Some(key) = self.page.next() {
                return Poll::Ready(Some(Ok(key)));
            }
            self.state = match mem::replace(&mut self.state, State::Over) {
                State::Idle(scan) => State::Asking(Box::pin(ask(scan))),
                State::Asking(mut asking) => {
                    let Poll::Ready((scan, page)) = asking.as_mut().poll(cx) else {
                        self.state = State::Asking(asking);
                        return Poll::Pending;
                    };
                    match page {
                        Ok(Some(page)) => self.page = page.into_iter(),
                        Ok(None) => return Poll::Ready(None),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                    State::Idle(scan)
                }
                State::Over => return Poll::Ready(None),
            };
        }
    }
}

impl FusedStream for Keys {
    fn is_terminated(&self) -> bool {
        self.page.as_slice().is_empty() && matches!(self.state, State::Over)
    }
}

async fn ask(mut scan: Scan) -> ReplyContext {
    let page = scan.page().await;
    (scan, page)
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("page", &self.page.as_slice().len()).finish_non_exhaustive()
    }
}
