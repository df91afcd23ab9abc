use tokio::runtime::Builder;

use super::process::{ask, peak_memory, sockets};
use crate::{
    arena::USERS,
    failure::Result,
    load::{Keys, Op},
    peers::open_async,
};

/// Many tasks on one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) client: String,
    pub(crate) tasks: usize,
    pub(crate) turns: u64,
    pub(crate) url: String,
}

impl Crowd {
    /// Sockets, and memory in MiB, of a process that does nothing else.
    pub(crate) fn measure(&self) -> Result<Vec<f64>> {
        ask(&["crowd", &self.client, &self.tasks.to_string(), &self.turns.to_string(), &self.url])
    }

    pub(super) fn parse(words: &[String]) -> Result<Self> {
        let [client, tasks, turns, url] = words else { return Err("four words".into()) };
        let (tasks, turns) = (tasks.parse()?, turns.parse()?);
        Ok(Self { client: client.clone(), tasks, turns, url: url.clone() })
    }

    pub(super) fn run(&self) -> Result<()> {
        let keys = Keys::new(USERS);
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let client = runtime.block_on(open_async(&self.client, &self.url))?;
        client.turns(&runtime, Op::Get, self.tasks, &keys, self.turns)?;
        println!("{} {}", sockets()?, peak_memory()?);
        Ok(())
    }
}
