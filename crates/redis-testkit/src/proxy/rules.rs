use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server: requests.
    ToServer,
    /// From the server to the client: replies.
    ToClient,
}

impl Direction {
    pub(super) const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];
}

/// Which connections a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// Those open now.
    Existing,
    /// Those made from now on, until [`heal`](crate::Proxy::heal).
    New,
    /// Both.
    All,
    /// Of both, the one that gets there first: it alone meets the fault, and the others (a retry, say) go on unharmed.
    Once,
}

impl Scope {
    pub(super) fn covers_existing(self) -> bool {
        self != Self::New
    }

    pub(super) fn covers_new(self) -> bool {
        self != Self::Existing
    }

    /// What decides, for each connection that is covered, whether the fault really happens.
    pub(super) fn trigger(self) -> Trigger {
        Trigger((self == Self::Once).then(Arc::default))
    }
}

/// Lets a fault happen: always, or once among all who share it.
#[derive(Debug, Clone)]
pub(super) struct Trigger(Option<Arc<AtomicBool>>);

impl Trigger {
    pub(super) fn fire(&self) -> bool {
        self.0.as_ref().is_none_or(|fired| !fired.swap(true, Ordering::SeqCst))
    }
}

/// One fault for one direction of one connection.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    Hole(Trigger),
    Cut(u64, Trigger),
    Corrupt(u64, Trigger),
    Insert(Arc<[u8]>, Trigger),
}

/// The faults armed for one direction of one connection: of each kind, the last that was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    pub(super) hole: Option<Trigger>,
    cut: Option<(u64, Trigger)>,
    corrupt: Option<(u64, Trigger)>,
    insert: Option<(Arc<[u8]>, Trigger)>,
}

/// What to do with the next byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Forward at most this number of bytes, then ask again.
    Pass(usize),
    Invert,
    /// Send these bytes first, then ask again.
    Insert(Arc<[u8]>),
    Cut,
}

impl Faults {
    pub(super) fn arm(&mut self, fault: Fault) {
        match fault {
            Fault::Hole(trigger) => self.hole = Some(trigger),
            Fault::Cut(bytes, trigger) => self.cut = Some((bytes, trigger)),
            Fault::Corrupt(bytes, trigger) => self.corrupt = Some((bytes, trigger)),
            Fault::Insert(bytes, trigger) => self.insert = Some((bytes, trigger)),
        }
    }

    /// Decides on the next byte, of which `size` more are at hand. A fault that is due fires here, and is spent.
    pub(super) fn next(&mut self, size: usize) -> Next {
        if due(&mut self.cut) {
            return Next::Cut;
        }
        if let Some((bytes, trigger)) = self.insert.take()
            && trigger.fire()
        {
            return Next::Insert(bytes);
        }
        if due(&mut self.corrupt) {
            return Next::Invert;
        }
        let room = |fault: &Option<(u64, Trigger)>| match fault {
            Some((left, _)) => usize::try_from(*left).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        Next::Pass(size.min(room(&self.cut)).min(room(&self.corrupt)))
    }

    /// Counts bytes that were forwarded; inserted ones are not among them.
    pub(super) fn passed(&mut self, bytes: usize) {
        for (left, _) in [&mut self.cut, &mut self.corrupt].into_iter().flatten() {
            *left = left.saturating_sub(bytes as u64);
        }
    }
}

fn due(fault: &mut Option<(u64, Trigger)>) -> bool {
    fault.take_if(|(left, _)| *left == 0).is_some_and(|(_, trigger)| trigger.fire())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_strike_after_their_count() {
        let mut faults = Faults::default();
        faults.arm(Fault::Cut(5, Scope::All.trigger()));
        faults.arm(Fault::Corrupt(3, Scope::All.trigger()));
        assert_eq!(faults.next(10), Next::Pass(3));
        faults.passed(3);
        assert_eq!(faults.next(10), Next::Invert);
        faults.passed(1);
        assert_eq!(faults.next(10), Next::Pass(1));
        faults.passed(1);
        assert_eq!(faults.next(10), Next::Cut);
    }

    #[test]
    fn a_shared_trigger_fires_once() {
        let (mut first, mut second) = (Faults::default(), Faults::default());
        let trigger = Scope::Once.trigger();
        first.arm(Fault::Cut(0, trigger.clone()));
        second.arm(Fault::Cut(0, trigger));
        assert_eq!(second.next(1), Next::Cut);
        assert_eq!(first.next(7), Next::Pass(7));
    }

    #[test]
    fn an_insertion_comes_before_the_next_byte_and_once() {
        let (mut first, mut second) = (Faults::default(), Faults::default());
        let (bytes, trigger) = (Arc::<[u8]>::from(&b":7\r\n"[..]), Scope::Once.trigger());
        first.arm(Fault::Insert(Arc::clone(&bytes), trigger.clone()));
        first.arm(Fault::Corrupt(0, Scope::All.trigger()));
        second.arm(Fault::Insert(Arc::clone(&bytes), trigger));
        assert_eq!(first.next(5), Next::Insert(bytes));
        assert_eq!(first.next(5), Next::Invert);
        first.passed(1);
        assert_eq!(first.next(4), Next::Pass(4));
        assert_eq!(second.next(5), Next::Pass(5));
    }
}
