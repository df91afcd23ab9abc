use std::time::{Duration, Instant};

use redis_service::{AsyncRedisService, ServiceConfig, values::Pattern};
use tokio::runtime::Builder;

use super::process::{ask, peak_memory};
use crate::failure::Result;

/// Deleting by pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sweep {
    pub(crate) pattern: String,
    pub(crate) url: String,
}

impl Sweep {
    /// The time, and the memory in MiB, of a process that does nothing else.
    pub(crate) fn measure(&self) -> Result<(Duration, f64)> {
        match ask(&["sweep", &self.pattern, &self.url])?[..] {
            [seconds, memory] => Ok((Duration::from_secs_f64(seconds), memory)),
            _ => Err("the child said something else".into()),
        }
    }

    pub(super) fn parse(words: &[String]) -> Result<Self> {
        let [pattern, url] = words else { return Err("two words".into()) };
        Ok(Self { pattern: pattern.clone(), url: url.clone() })
    }

    pub(super) fn run(&self) -> Result<()> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let config = ServiceConfig::from_url(&self.url)?;
        let redis = runtime.block_on(AsyncRedisService::connect(config))?;
        let started = Instant::now();
        runtime.block_on(redis.delete_matching(Pattern::new(&self.pattern)))?;
        println!("{} {}", started.elapsed().as_secs_f64(), peak_memory()?);
        Ok(())
    }
}
