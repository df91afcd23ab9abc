use std::time::{Duration, Instant};

/// Counts calls and failures over a sliding time, in slices.
#[derive(Debug)]
pub(super) struct Window {
    slice: Duration,
    started: Instant,
    slices: [Slice; SLICES],
}

const SLICES: usize = 10;

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    /// Which slice of all time it is.
    number: u64,
    calls: u32,
    failures: u32,
}

impl Window {
    pub(super) fn new(length: Duration, now: Instant) -> Self {
        let slice = (length / SLICES as u32).max(Duration::from_nanos(1));
        Self { slice, started: now, slices: [Slice::default(); SLICES] }
    }

    /// Counts a call, and tells failures and calls of the window.
    pub(super) fn count(&mut self, failed: bool, now: Instant) -> (u32, u32) {
        let elapsed = now.saturating_duration_since(self.started);
        let number = (elapsed.as_nanos() / self.slice.as_nanos()) as u64;
        let slice = &mut self.slices[number as usize % SLICES];
        if slice.number != number {
            *slice = Slice { number, ..Slice::default() };
        }
        slice.calls = slice.calls.saturating_add(1);
        slice.failures = slice.failures.saturating_add(u32::from(failed));
        if !failed {
            // Nobody asks after a success.
            return (0, 1);
        }
        let current = self.slices.iter().filter(|slice| number - slice.number.min(number) < SLICES as u64);
        current.fold((0, 0), |(failures, calls), slice| {
            (slice.failures.saturating_add(failures), slice.calls.saturating_add(calls))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut window = Window::new(Duration::from_secs(10), start);
        window.count(false, at(0));
        assert_eq!(window.count(true, at(0)), (1, 2));
        assert_eq!(window.count(true, at(9)), (2, 3));
        assert_eq!(window.count(true, at(10)), (2, 2));
        assert_eq!(window.count(true, at(100)), (1, 1));
    }
}
