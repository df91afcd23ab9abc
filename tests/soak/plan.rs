//! Which caller increments which counter.

pub(crate) const CALLERS: usize = 64;
const SHARED: usize = 4;

/// The keys of all counters, in the order that the functions below count on.
pub(crate) fn counters() -> impl Iterator<Item = String> {
    let of_each = |name: &'static str| (0..CALLERS).map(move |caller| format!("{name}:{caller}"));
    let shared = (0..SHARED).map(|counter| format!("shared:{counter}"));
    of_each("own").chain(of_each("expiring")).chain(of_each("dedicated")).chain(shared)
}

pub(crate) fn own(caller: usize) -> usize {
    caller
}

pub(crate) fn expiring(caller: usize) -> usize {
    CALLERS + caller
}

pub(crate) fn dedicated(caller: usize) -> usize {
    2 * CALLERS + caller
}

pub(crate) fn shared(turn: u64) -> usize {
    3 * CALLERS + (turn % SHARED as u64) as usize
}
