use tokio::runtime::Builder;

use super::FLAG;
use crate::{
    arena::USERS,
    counts::Api,
    failure::Result,
    load::{Keys, Op},
    peers::{open_async, open_blocking},
};

/// A number of operations by one client, on one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeat {
    pub(crate) client: String,
    pub(crate) api: Api,
    pub(crate) op: Op,
    pub(crate) callers: usize,
    pub(crate) turns: u64,
    pub(crate) url: String,
}

impl Repeat {
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { client, api, op, callers, turns, url } = self;
        let words = [format!("{api:?}"), format!("{op:?}"), callers.to_string(), turns.to_string()];
        [FLAG.to_owned(), "repeat".to_owned(), client.clone()]
            .into_iter()
            .chain(words)
            .chain([url.clone()])
            .collect()
    }

    pub(super) fn parse(words: &[String]) -> Result<Self> {
        let [client, api, op, callers, turns, url] = words else { return Err("six words".into()) };
        let api = if api == "Async" { Api::Async } else { Api::Blocking };
        let op = if op == "Get" { Op::Get } else { Op::Set };
        let (callers, turns) = (callers.parse()?, turns.parse()?);
        Ok(Self { client: client.clone(), api, op, callers, turns, url: url.clone() })
    }

    pub(super) fn run(&self) -> Result<()> {
        let keys = Keys::new(USERS);
        match self.api {
            Api::Async => {
                let runtime = Builder::new_current_thread().enable_all().build()?;
                let client = runtime.block_on(open_async(&self.client, &self.url))?;
                client.turns(&runtime, self.op, self.callers, &keys, self.turns)
            }
            Api::Blocking => open_blocking(&self.client, &self.url)?.turns(self.op, &keys, self.turns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_understands_its_parent() {
        let url = "redis://127.0.0.1:1/0".to_owned();
        let repeat =
            Repeat { client: "fred".into(), api: Api::Async, op: Op::Set, callers: 64, turns: 7, url };
        assert_eq!(Repeat::parse(&repeat.arguments()[2..]).unwrap(), repeat);
    }
}
