use std::time::Instant;

pub(crate) fn now() -> Instant {
    Instant::now()
}
