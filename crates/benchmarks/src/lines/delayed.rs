//! A round trip of a millisecond: who gathers commands must not make them wait for more than one.

use std::{rc::Rc, time::Duration};

use redis_testkit::Proxy;

use crate::{
    arena::Arena, arguments::Arguments, failure::Result, harness::Line, results::Better, statistics::quantile,
};

const WORK: &str = "async_get_typed_rtt1ms_p50";
const CALLERS: usize = 64;
const EACH_WAY: Duration = Duration::from_micros(500);

pub(crate) fn lines<'a>(arena: &'a Arena, arguments: &Arguments) -> Result<Vec<Line<'a>>> {
    if !arguments.wants(WORK, CALLERS) {
        return Ok(Vec::new());
    }
    let proxy = Rc::new(Proxy::start(arena.server.address())?);
    let url = proxy.url();
    let drivers = arena.open_async(&url)?;
    let one_trip = redis::Client::open(url)?;
    proxy.latency(EACH_WAY, Duration::ZERO);

    let mut line = Line::new(WORK, CALLERS, "ms", Better::Lower);
    line.units.push(("round trips", Better::Lower));
    for driver in drivers {
        let (proxy, one_trip) = (Rc::clone(&proxy), one_trip.clone());
        line.add_many(driver.peer(), move |time| {
            // Held by each contender, so that it lives for as long as the line.
            let _alive = &proxy;
            let mut latencies = driver.latencies(&arena.runtime, CALLERS, &arena.keys, time)?;
            let median = quantile(&mut latencies, 0.5) as f64 / 1e6;
            Ok(vec![median, median / round_trip(&one_trip)?])
        });
    }
    Ok(vec![line])
}

/// What a PING takes when nobody else is there, in milliseconds: more than the delay, for timers are late.
fn round_trip(client: &redis::Client) -> Result<f64> {
    let mut connection = client.get_connection()?;
    let mut latencies = Vec::new();
    for _ in 0..50 {
        let before = std::time::Instant::now();
        redis::cmd("PING").exec(&mut connection)?;
        latencies.push(u64::try_from(before.elapsed().as_nanos())?);
    }
    Ok(quantile(&mut latencies, 0.5) as f64 / 1e6)
}
