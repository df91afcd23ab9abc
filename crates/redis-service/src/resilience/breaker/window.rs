use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::resilience::CachePadded;

/// Counts calls and failures over a sliding time, in slices. Many threads count at once, without a lock.
#[derive(Debug)]
pub(super) struct Window {
    slice_nanos: u64,
    started: Instant,
    calls: CachePadded<[Slice; SLICES]>,
    failures: [Slice; SLICES],
}

const SLICES: usize = 10;

/// How many there were (the lower half) in which slice of all time (the upper half).
#[derive(Debug, Default)]
struct Slice(AtomicU64);

impl Window {
    pub(super) fn new(length: Duration, now: Instant) -> Self {
        let slice_nanos = u64::try_from(length.as_nanos() / SLICES as u128).unwrap_or(u64::MAX).max(1);
        Self { slice_nanos, started: now, calls: Default::default(), failures: Default::default() }
    }

    /// Counts a call that succeeded.
    pub(super) fn succeeded(&self, now: Instant) {
        let number = self.number(now);
        self.calls[number as usize % SLICES].add(number);
    }

    /// Counts a call that failed, and tells failures and calls of the window.
    pub(super) fn failed(&self, now: Instant) -> (u32, u32) {
        let number = self.number(now);
        for slices in [&*self.calls, &self.failures] {
            slices[number as usize % SLICES].add(number);
        }
        let sum = |slices: &[Slice; SLICES]| {
            slices.iter().fold(0_u32, |sum, slice| sum.saturating_add(slice.within(number)))
        };
        (sum(&self.failures), sum(&self.calls))
    }

    /// Begins anew.
    pub(super) fn forget(&self) {
        for slice in self.calls.iter().chain(&self.failures) {
            slice.0.store(0, Ordering::Relaxed);
        }
    }

    /// Which slice of all time it is. (That it begins anew after 2^32 slices hurts nobody.)
    fn number(&self, now: Instant) -> u32 {
        let elapsed = now.saturating_duration_since(self.started).as_nanos() as u64;
        (elapsed / self.slice_nanos) as u32
    }
}

impl Slice {
    fn add(&self, number: u32) {
        let slice = self.0.load(Ordering::Relaxed);
        if upper(slice) == number && lower(slice) < u32::MAX / 2 {
            self.0.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let next = |slice: u64| {
            let count = if upper(slice) == number { lower(slice).saturating_add(1) } else { 1 };
            Some(u64::from(number) << 32 | u64::from(count))
        };
        // The closure never declines.
        let _always = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }

    /// How many there were in the window that ends with the slice `number`.
    fn within(&self, number: u32) -> u32 {
        let slice = self.0.load(Ordering::Relaxed);
        if (number.wrapping_sub(upper(slice)) as usize) < SLICES { lower(slice) } else { 0 }
    }
}

fn upper(slice: u64) -> u32 {
    (slice >> 32) as u32
}

fn lower(slice: u64) -> u32 {
    slice as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let window = Window::new(Duration::from_secs(10), start);
        window.succeeded(at(0));
        assert_eq!(window.failed(at(0)), (1, 2));
        assert_eq!(window.failed(at(9)), (2, 3));
        assert_eq!(window.failed(at(10)), (2, 2));
        assert_eq!(window.failed(at(100)), (1, 1));
    }
}
