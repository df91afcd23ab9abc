//! One reader of values whose keys are known from them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{RedisService, dual, sleep};
use crate::readings::{self, Readings};

pub(super) struct Reader {
    redis: RedisService,
    readings: Arc<Readings>,
    random: fastrand::Rng,
    until: Instant,
}

const DEADLINE: Duration = Duration::from_secs(3);

#[dual]
impl Reader {
    pub(super) fn new(
        number: usize,
        redis: RedisService,
        readings: Arc<Readings>,
        seed: u64,
        until: Instant,
    ) -> Self {
        let random = fastrand::Rng::with_seed(seed ^ (number as u64) << 32);
        Self { redis: redis.with_deadline(DEADLINE), readings, random, until }
    }

    pub(super) async fn run(mut self) {
        while Instant::now() < self.until {
            let key = readings::key(self.random.usize(..readings::KEYS));
            let began = Instant::now();
            let found = self.redis.get_raw(key.as_str()).await;
            self.readings.book(&key, &found, began.elapsed(), DEADLINE);
            // Refused without being tried, perhaps. A reader that spins then takes the others' time.
            if found.is_err() {
                sleep(Duration::from_millis(2)).await;
            }
        }
    }
}
