use super::*;

struct BreakerFixture {
    breaker: Breaker,
    start: Instant,
}

impl BreakerFixture {
    fn new() -> Self {
        let start = Instant::now();
        let config = BreakerConfig::default().with_threshold(0.5, 5).with_probes(3);
        Self { breaker: Breaker::new(config, start), start }
    }

    fn at(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn call(&self, result: &Result<()>, second: u64) -> Result<()> {
        self.breaker.admit(self.at(second))?.report(result, self.at(second), 0.0);
        Ok(())
    }

    fn open(&self) {
        for _ in 0..5 {
            self.call(&down(), 0).unwrap();
        }
        assert!(matches!(self.breaker.status(self.at(0)), BreakerStatus::Open { .. }));
    }
}

fn down() -> Result<()> {
    Err(Error::new(ErrorKind::Connection, ""))
}

#[test]
fn it_opens_at_the_threshold_and_says_when_to_come_back() {
    let bench = BreakerFixture::new();
    for _ in 0..4 {
        bench.call(&down(), 0).unwrap();
    }
    assert_eq!(bench.breaker.status(bench.at(0)), BreakerStatus::Closed);
    bench.call(&down(), 0).unwrap();
    let error = bench.call(&Ok(()), 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    assert!(error.is_not_applied());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[test]
fn a_low_rate_of_failures_does_not_open_it() {
    let bench = BreakerFixture::new();
    for _ in 0..100 {
        bench.call(&down(), 0).unwrap();
        bench.call(&Ok(()), 0).unwrap();
        bench.call(&Ok(()), 0).unwrap();
        if let BreakerStatus::Open { .. } = bench.breaker.status(bench.at(0)) {
            panic!("opened");
        }
    }
}

#[test]
fn only_failures_of_the_server_count() {
    use ErrorKind::*;
    for kind in ErrorKind::ALL {
        let bench = BreakerFixture::new();
        let mut refused = false;
        for _ in 0..100 {
            refused |= bench.call(&Err(Error::new(kind, "")), 0).is_err();
        }
        assert_eq!(refused, matches!(kind, Connection | Timeout | Loading | Busy | ReadOnly), "{kind:?}");
    }
}

#[test]
fn half_open_lets_exactly_the_probes_through() {
    let bench = BreakerFixture::new();
    bench.open();
    let admitted: Vec<_> = (0..100).filter_map(|_| bench.breaker.admit(bench.at(6)).ok()).collect();
    assert_eq!(admitted.len(), 3);
    for permit in admitted {
        assert_eq!(bench.breaker.status(bench.at(6)), BreakerStatus::HalfOpen);
        permit.report(&Ok(()), bench.at(6), 0.0);
    }
    assert_eq!(bench.breaker.status(bench.at(6)), BreakerStatus::Closed);
}

#[test]
fn a_cancelled_probe_frees_its_place() {
    let bench = BreakerFixture::new();
    bench.open();
    let mut probes: Vec<_> = (0..3).map(|_| bench.breaker.admit(bench.at(6)).unwrap()).collect();
    assert!(bench.breaker.admit(bench.at(6)).is_err());
    drop(probes.pop());
    let probe = bench.breaker.admit(bench.at(6)).unwrap();
    probe.report(&Err::<(), _>(Error::invalid_input("says nothing of the server")), bench.at(6), 0.0);
    assert!(bench.breaker.admit(bench.at(6)).is_ok());
}

#[test]
fn probes_that_succeed_one_by_one_close_it() {
    let bench = BreakerFixture::new();
    bench.open();
    for _ in 0..3 {
        bench.call(&Ok(()), 6).unwrap();
    }
    assert_eq!(bench.breaker.status(bench.at(6)), BreakerStatus::Closed);
}

#[test]
fn a_failed_probe_opens_it_for_twice_as_long_up_to_the_limit() {
    let bench = BreakerFixture::new();
    bench.open();
    let mut now = 0;
    for lasts in [10, 20, 40, 60, 60] {
        now += 100;
        bench.call(&down(), now).unwrap();
        let open = BreakerStatus::Open { retry_after: Some(Duration::from_secs(lasts)) };
        assert_eq!(bench.breaker.status(bench.at(now)), open);
    }
}

#[test]
fn a_late_report_changes_nothing() {
    let bench = BreakerFixture::new();
    let early = bench.breaker.admit(bench.at(0)).unwrap();
    bench.open();
    let probe = bench.breaker.admit(bench.at(6)).unwrap();
    early.report(&Ok(()), bench.at(6), 0.0);
    assert_eq!(bench.breaker.status(bench.at(6)), BreakerStatus::HalfOpen);
    probe.report(&down(), bench.at(6), 0.0);
    assert!(matches!(bench.breaker.status(bench.at(6)), BreakerStatus::Open { .. }));
}

#[test]
fn it_can_be_forced_and_reset_by_hand() {
    let bench = BreakerFixture::new();
    bench.breaker.force_open();
    assert_eq!(bench.call(&Ok(()), 1_000).unwrap_err().retry_after(), None);
    bench.breaker.reset();
    assert!(bench.call(&Ok(()), 1_000).is_ok());
}

#[test]
fn switched_off_it_never_opens_by_itself() {
    let start = Instant::now();
    let breaker = Breaker::new(BreakerConfig { enabled: false, ..BreakerConfig::default() }, start);
    for _ in 0..100 {
        breaker.admit(start).unwrap().report(&down(), start, 0.0);
    }
    assert_eq!(breaker.status(start), BreakerStatus::Off);
}
