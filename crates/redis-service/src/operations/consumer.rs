//! What a consumer of a stream's group sends on its own connection.

use std::time::Duration;

use super::{
    KeyScope,
    stream_groups::{create, milliseconds, reading},
};
use crate::{
    error::{Error, Result},
    operations::Request,
    protocol::{Command, Reply, Script},
    streams::{Consume, MovedItem, Pending, RawItem, StreamId, check_name, field_list},
    values::Namespace,
};

static TAKE_PENDING: Script = Script::new(concat!(
    include_str!("scripts/rights.lua"),
    include_str!("scripts/move_item.lua"),
    include_str!("scripts/take_pending.lua")
));
static CHECK_GAP: Script = Script::new(include_str!("scripts/check_gap.lua"));

/// The commands of one consumer.
#[derive(Debug)]
pub(crate) struct ConsumerCommands {
    /// Keys as Redis stores them.
    stream: Vec<u8>,
    dead_letters: Option<(Vec<u8>, u64)>,
    group: String,
    consumer: String,
    idle: u64,
    create: Option<Command>,
}

/// Pending items that a consumer has taken.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// The last that was looked at, if there may be more.
    pub(crate) next: Option<StreamId>,
    /// With the number of their deliveries.
    pub(crate) items: Vec<(RawItem, u64)>,
    pub(crate) moved: Vec<MovedItem>,
    pub(crate) lost: Vec<StreamId>,
    /// How many were to be moved, and could not.
    pub(crate) stuck: usize,
}

/// What a look for gaps has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GapCheck {
    /// How many items are missing that were not reported yet.
    pub(crate) missing: u64,
    /// How many missing items are reported and still to be counted as read.
    pub(crate) told: u64,
    /// The last item that the group has read.
    pub(crate) last: StreamId,
    /// The last item that was deleted before the group read it.
    pub(crate) deleted: Option<StreamId>,
}

impl ConsumerCommands {
    /// # Errors
    ///
    /// `InvalidInput` for an invalid key or name; `Slot` if the two streams are on two slots of a cluster.
    pub(crate) fn new(on: KeyScope<'_>, group: &str, options: &Consume) -> Result<Self> {
        on.build("consume", |on| {
            let (group, consumer) = (check_name("group", group)?, check_name("consumer", &options.consumer)?);
            let stream = on.whole()?;
            let dead_letters = options.dead_letters.as_ref();
            let dead_letters = dead_letters
                .map(|letters| Ok((on.scope.namespace.key(&letters.stream)?, letters.deliveries)))
                .transpose()?;
            let create = options.new_group.map(|new| create(on.scope.on(&on), group, new)).transpose()?;
            let create = create.and_then(|operation| match operation.request {
                Request::Command(command) => Some(command),
                _ => None,
            });
            let (group, consumer) = (group.to_owned(), consumer.to_owned());
            let idle = milliseconds(options.claim_after);
            let commands = Self { stream, dead_letters, group, consumer, idle, create };
            if on.scope.policy.has_slots() {
                commands.take_pending(Pending::Own, None, 1, &[]).slot()?;
            }
            Ok(commands)
        })
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    /// The command that creates the group, if that is wanted.
    pub(crate) fn create(&self) -> Option<&Command> {
        self.create.as_ref()
    }

    /// Reads new items; waits for them for at most this long.
    pub(crate) fn read_new(&self, count: usize, block: Duration) -> Command {
        reading(&self.stream, &self.group, &self.consumer, Some(milliseconds(block).max(1)), count, ">")
    }

    /// Takes pending items, but for those under way; moves those that were delivered too often.
    pub(crate) fn take_pending(
        &self,
        of: Pending,
        after: Option<StreamId>,
        count: usize,
        under_way: &[StreamId],
    ) -> Command {
        let call = TAKE_PENDING.call().key(&self.stream[..]);
        let (call, most) = match &self.dead_letters {
            Some((stream, deliveries)) => (call.key(&stream[..]), *deliveries),
            None => (call, 0),
        };
        let idle = match of {
            Pending::Own => String::new(),
            Pending::Idle => self.idle.to_string(),
        };
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let call = call.arg(&self.group[..]).arg(&self.consumer[..]).arg(idle).arg(from);
        let call = call.arg(count.to_string()).arg(most.to_string());
        under_way.iter().fold(call, |call, id| call.arg(id.to_string())).by_source()
    }

    /// Looks for items that the group will never read. `told` is from the last look.
    pub(crate) fn check_gap(&self, told: u64) -> Command {
        CHECK_GAP.call().key(&self.stream[..]).arg(&self.group[..]).arg(told.to_string()).by_source()
    }

    /// Names the stream and the group in an error.
    pub(crate) fn blame(&self, error: Error, namespace: &Namespace) -> Error {
        let key = namespace.strip(&self.stream).unwrap_or(&self.stream);
        error.in_group_of_stream(|| Some(self.group.as_bytes())).during("consume").on_key(key)
    }
}

impl Taken {
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let [next, entries] = parts(reply)?;
        let next = if next.is_nil() { None } else { Some(StreamId::from_reply(next)?) };
        let mut taken = Self { next, ..Self::default() };
        for entry in entries.into_array()? {
            let [id, deliveries, what, fields] = parts(entry)?;
            let (id, deliveries) = (StreamId::from_reply(id)?, deliveries.into_count()?);
            match what.into_value()?.as_slice() {
                b"item" => {
                    taken.items.push((RawItem { id, fields: Some(field_list(fields)?) }, deliveries));
                }
                b"moved" => taken.moved.push(MovedItem { id, deliveries }),
                b"stuck" => taken.stuck += 1,
                _ => taken.lost.push(id),
            }
        }
        Ok(taken)
    }
}

impl GapCheck {
    pub(crate) fn from_reply(reply: Reply) -> Result<Self> {
        let [missing, told, last, deleted] = parts(reply)?;
        let deleted = if deleted.is_nil() { None } else { Some(StreamId::from_reply(deleted)?) };
        let (missing, told) = (missing.into_count()?, told.into_count()?);
        Ok(Self { missing, told, last: StreamId::from_reply(last)?, deleted })
    }
}

fn parts<const N: usize>(reply: Reply) -> Result<[Reply; N]> {
    let parts = reply.into_array()?.try_into();
    parts.map_err(|_| Error::unexpected_reply("the answer of a script", "other parts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_told_apart() {
        let entry = |id: &str, what: &str, fields: &str| {
            format!("*4\r\n$3\r\n{id}\r\n:5\r\n${}\r\n{what}\r\n{fields}", what.len())
        };
        let entries = [
            entry("1-1", "item", "*2\r\n$1\r\nv\r\n$1\r\n7\r\n"),
            entry("1-2", "moved", "$-1\r\n"),
            entry("1-3", "lost", "$-1\r\n"),
            entry("1-4", "stuck", "$-1\r\n"),
        ];
        let wire = format!("*2\r\n$3\r\n1-4\r\n*4\r\n{}", entries.concat());
        let taken = Taken::from_reply(Reply::of(&wire).unwrap()).unwrap();
        assert_eq!((taken.next, taken.stuck), (Some(StreamId::new(1, 4)), 1));
        assert_eq!((taken.items[0].0.id, taken.items[0].1), (StreamId::new(1, 1), 5));
        assert_eq!(taken.moved, [MovedItem { id: StreamId::new(1, 2), deliveries: 5 }]);
        assert_eq!(taken.lost, [StreamId::new(1, 3)]);
        let none = Taken::from_reply(Reply::of("*2\r\n$-1\r\n*0\r\n").unwrap()).unwrap();
        assert!(none.next.is_none() && none.items.is_empty());
        assert!(Taken::from_reply(Reply::of("*1\r\n*0\r\n").unwrap()).is_err());
    }
}
