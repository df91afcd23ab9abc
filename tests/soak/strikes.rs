//! Random faults that add to the replies or damage them.

use std::{
    collections::BTreeMap,
    ops::Range,
    thread::sleep,
    time::{Duration, Instant},
};

use redis_testkit::{Direction, Error, Proxy, Scope};

use crate::readings::{self, Readings};

/// Strikes, each at one connection, and one after another.
pub(crate) struct Strikes<'a> {
    proxy: &'a Proxy,
    readings: &'a Readings,
    random: fastrand::Rng,
    counts: BTreeMap<&'static str, u64>,
}

enum Alteration {
    Insertion(Vec<u8>),
    /// Of the byte after this number of bytes.
    Inversion(u64),
}

/// Readers never rest, so that a reply passes long before.
const PATIENCE: Duration = Duration::from_secs(5);

impl<'a> Strikes<'a> {
    pub(crate) fn new(proxy: &'a Proxy, readings: &'a Readings, seed: u64) -> Self {
        Self { proxy, readings, random: fastrand::Rng::with_seed(seed), counts: BTreeMap::new() }
    }

    /// Strikes until then. Returns how often it did so in each way.
    pub(crate) fn run(mut self, until: Instant) -> Result<BTreeMap<&'static str, u64>, Error> {
        self.pause(100..300);
        while Instant::now() < until {
            let (name, alteration) = self.choose();
            self.readings.begin(name);
            let before = self.proxy.statistics().alterations;
            match alteration {
                Alteration::Insertion(bytes) => {
                    self.proxy.insert(Direction::ToClient, &bytes, Scope::Once);
                }
                Alteration::Inversion(after) => {
                    self.proxy.corrupt(Direction::ToClient, after, Scope::Once);
                }
            }
            if self.proxy.wait_until(PATIENCE, |statistics| statistics.alterations > before) {
                *self.counts.entry(name).or_default() += 1;
            } else {
                self.readings.calls.violated(format!("no reply passed for {PATIENCE:?}"));
            }
            self.proxy.heal()?;
            // The check for replies out of step is due 250 ms after the last.
            self.pause(300..500);
        }
        Ok(self.counts)
    }

    fn choose(&mut self) -> (&'static str, Alteration) {
        let insertion = |reply: &[u8]| Alteration::Insertion(reply.to_vec());
        match self.random.u32(..12) {
            0..5 => {
                let value = readings::key(self.random.usize(..readings::KEYS));
                let reply = format!("${}\r\n{value}\r\n", value.len());
                let replies = reply.repeat(self.random.usize(1..4));
                ("another key's value inserted", insertion(replies.as_bytes()))
            }
            5 => ("an integer inserted", insertion(b":7\r\n")),
            6 => ("a status inserted", insertion(b"+OK\r\n")),
            7 => ("a push inserted", insertion(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n")),
            _ => ("a byte inverted", Alteration::Inversion(self.random.u64(..1_000))),
        }
    }

    fn pause(&mut self, milliseconds: Range<u64>) {
        sleep(Duration::from_millis(self.random.u64(milliseconds)));
    }
}
