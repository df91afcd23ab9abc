//! Random faults during a run.

use std::{
    collections::BTreeMap,
    thread::sleep,
    time::{Duration, Instant},
};

use redis_testkit::{Direction, Error, Proxy, Scope, Server};

/// Faults, one after another, each healed before the next.
pub(crate) struct Faults<'a> {
    server: &'a Server,
    proxy: &'a Proxy,
    random: fastrand::Rng,
    counts: BTreeMap<&'static str, u64>,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(server: &'a Server, proxy: &'a Proxy, seed: u64) -> Self {
        Self { server, proxy, random: fastrand::Rng::with_seed(seed), counts: BTreeMap::new() }
    }

    /// Causes faults until then, and heals them. Returns how often it caused each.
    pub(crate) fn run(mut self, until: Instant) -> Result<BTreeMap<&'static str, u64>, Error> {
        while Instant::now() < until {
            self.pause(100..400);
            let name = self.strike()?;
            *self.counts.entry(name).or_default() += 1;
            self.proxy.heal()?;
        }
        Ok(self.counts)
    }

    fn strike(&mut self) -> Result<&'static str, Error> {
        let Self { server, proxy, .. } = *self;
        let direction = [Direction::ToServer, Direction::ToClient][self.random.usize(..2)];
        let scope = [Scope::Existing, Scope::All, Scope::Once][self.random.usize(..3)];
        match self.random.u32(..20) {
            0..3 => {
                proxy.reset();
                Ok("connections reset")
            }
            3..7 => {
                proxy.cut_after(direction, self.random.u64(..300), scope);
                self.pause(50..300);
                Ok("connections cut within a message")
            }
            7..10 => {
                proxy.black_hole(scope);
                self.pause(50..900);
                Ok("connections gone silent")
            }
            10..12 => {
                proxy.latency(Duration::from_millis(self.random.u64(1..60)), Duration::from_millis(20));
                self.pause(100..600);
                Ok("connections slow")
            }
            12..14 => {
                proxy.half_close(direction);
                self.pause(50..300);
                Ok("connections closed by half")
            }
            14..16 => {
                proxy.refuse()?;
                proxy.reset();
                self.pause(50..900);
                Ok("connections refused")
            }
            16..18 => {
                proxy.slices(self.random.usize(1..8));
                self.pause(100..400);
                Ok("messages in slices")
            }
            18 => {
                server.freeze()?;
                self.pause(50..900);
                server.thaw()?;
                Ok("server frozen")
            }
            _ => {
                server.kill()?;
                self.pause(50..500);
                server.restart()?;
                Ok("server killed")
            }
        }
    }

    fn pause(&mut self, milliseconds: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.random.u64(milliseconds)));
    }
}
