use redis::Value;

/// The types that the reply to a command can have, errors aside.
///
/// Replies have no numbers. A reply of a type that its command cannot have belongs to another command: from
/// there on, every caller of the connection would get the reply to another command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyTypes(u8);

const INTEGER: u8 = 1;
const STRING: u8 = 2;
const STATUS: u8 = 4;
const ARRAY: u8 = 8;
const NIL: u8 = 16;

/// The commands whose replies are of few types, with any arguments. The replies of other commands may be of
/// any type.
const COMMANDS: [(u8, &[&str]); 8] = [
    (
        INTEGER,
        &[
            "APPEND",
            "BITCOUNT",
            "BITOP",
            "BITPOS",
            "COPY",
            "DBSIZE",
            "DECR",
            "DECRBY",
            "DEL",
            "EXISTS",
            "EXPIRE",
            "EXPIREAT",
            "EXPIRETIME",
            "GEOADD",
            "GETBIT",
            "HDEL",
            "HEXISTS",
            "HINCRBY",
            "HLEN",
            "HSET",
            "HSETNX",
            "HSTRLEN",
            "INCR",
            "INCRBY",
            "LINSERT",
            "LLEN",
            "LPUSH",
            "LPUSHX",
            "LREM",
            "MOVE",
            "MSETNX",
            "PERSIST",
            "PEXPIRE",
            "PEXPIREAT",
            "PEXPIRETIME",
            "PFADD",
            "PFCOUNT",
            "PTTL",
            "PUBLISH",
            "RENAMENX",
            "RPUSH",
            "RPUSHX",
            "SADD",
            "SCARD",
            "SDIFFSTORE",
            "SETBIT",
            "SETNX",
            "SETRANGE",
            "SINTERCARD",
            "SINTERSTORE",
            "SISMEMBER",
            "SMOVE",
            "SPUBLISH",
            "SREM",
            "STRLEN",
            "SUNIONSTORE",
            "TOUCH",
            "TTL",
            "UNLINK",
            "XACK",
            "XDEL",
            "XGROUP DESTROY",
            "XLEN",
            "XTRIM",
            "ZCARD",
            "ZCOUNT",
            "ZDIFFSTORE",
            "ZINTERCARD",
            "ZINTERSTORE",
            "ZLEXCOUNT",
            "ZRANGESTORE",
            "ZREM",
            "ZREMRANGEBYLEX",
            "ZREMRANGEBYRANK",
            "ZREMRANGEBYSCORE",
            "ZUNIONSTORE",
        ],
    ),
    (
        STRING | NIL,
        &[
            "DUMP",
            "ECHO",
            "GET",
            "GETDEL",
            "GETEX",
            "GETRANGE",
            "GETSET",
            "HGET",
            "HINCRBYFLOAT",
            "INCRBYFLOAT",
            "LINDEX",
            "LMOVE",
            "RANDOMKEY",
            "RPOPLPUSH",
            "SUBSTR",
            "XADD",
            "ZINCRBY",
            "ZSCORE",
        ],
    ),
    (
        STATUS,
        &[
            "FLUSHALL",
            "FLUSHDB",
            "HMSET",
            "LSET",
            "LTRIM",
            "MSET",
            "PFMERGE",
            "PSETEX",
            "RENAME",
            "RESTORE",
            "SETEX",
            "TYPE",
            "XGROUP CREATE",
        ],
    ),
    // GET is one of its options.
    (STATUS | STRING | NIL, &["SET"]),
    (
        ARRAY | NIL,
        &[
            "EXEC",
            "HGETALL",
            "HKEYS",
            "HMGET",
            "HSCAN",
            "HVALS",
            "KEYS",
            "LRANGE",
            "MGET",
            "SCAN",
            "SDIFF",
            "SINTER",
            "SMEMBERS",
            "SMISMEMBER",
            "SSCAN",
            "SUNION",
            "TIME",
            "XAUTOCLAIM",
            "XCLAIM",
            "XINFO CONSUMERS",
            "XINFO GROUPS",
            "XINFO STREAM",
            "XPENDING",
            "XRANGE",
            "XREAD",
            "XREADGROUP",
            "XREVRANGE",
            "ZDIFF",
            "ZINTER",
            "ZMSCORE",
            "ZRANGE",
            "ZRANGEBYLEX",
            "ZRANGEBYSCORE",
            "ZREVRANGE",
            "ZREVRANGEBYLEX",
            "ZREVRANGEBYSCORE",
            "ZSCAN",
            "ZUNION",
        ],
    ),
    // One value, or as many as a count says.
    (
        STRING | ARRAY | NIL,
        &["LPOP", "RPOP", "SPOP", "SRANDMEMBER", "ZPOPMAX", "ZPOPMIN", "HRANDFIELD", "ZRANDMEMBER"],
    ),
    (INTEGER | STRING | NIL, &["ZADD"]),
    (INTEGER | ARRAY | NIL, &["LPOS", "ZRANK", "ZREVRANK"]),
];

impl ReplyTypes {
    /// Any type of RESP2.
    pub(crate) const ANY: Self = Self(INTEGER | STRING | STATUS | ARRAY | NIL);

    /// Returns the types for the command by this name, in upper case.
    pub(crate) fn of(name: &str) -> Self {
        if name.len() > LONGEST {
            return Self::ANY;
        }
        let name = packed(name.as_bytes());
        TABLE.binary_search_by_key(&name, |(name, _)| *name).map_or(Self::ANY, |place| Self(TABLE[place].1))
    }

    /// Returns the types that a transaction may give in place of these, before it is run.
    pub(super) fn or_queued(self) -> Self {
        Self(self.0 | STATUS)
    }

    /// Returns whether a reply can be to that command. No reply of RESP3 can: no connection that runs
    /// commands uses it.
    pub(crate) fn contain(self, reply: &Value) -> bool {
        let kind = match reply {
            Value::ServerError(_) => return true,
            Value::BulkString(_) => STRING,
            Value::Int(_) => INTEGER,
            Value::Okay | Value::SimpleString(_) => STATUS,
            Value::Array(_) => ARRAY,
            Value::Nil => NIL,
            _ => 0,
        };
        self.0 & kind != 0
    }
}

/// The length of the longest name in the table.
const LONGEST: usize = 16;

/// A name as one number, which is found in fewer steps than text.
const fn packed(name: &[u8]) -> u128 {
    let mut bytes = [0; LONGEST];
    bytes.split_at_mut(name.len()).0.copy_from_slice(name);
    u128::from_be_bytes(bytes)
}

const fn commands() -> usize {
    let (mut count, mut group) = (0, 0);
    while group < COMMANDS.len() {
        count += COMMANDS[group].1.len();
        group += 1;
    }
    count
}

/// All names, in order.
static TABLE: [(u128, u8); commands()] = {
    let mut table = [(0, 0); commands()];
    let (mut filled, mut group) = (0, 0);
    while group < COMMANDS.len() {
        let (types, names) = COMMANDS[group];
        let mut index = 0;
        while index < names.len() {
            let entry = (packed(names[index].as_bytes()), types);
            let mut place = filled;
            while place > 0 && table[place - 1].0 > entry.0 {
                table[place] = table[place - 1];
                place -= 1;
            }
            table[place] = entry;
            filled += 1;
            index += 1;
        }
        group += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there_once() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (types, names) in COMMANDS {
            for name in names {
                assert_eq!(ReplyTypes::of(name), ReplyTypes(types), "{name}");
            }
        }
        for name in ["", "get", "GETS", "EVALSHA", "A NAME OF MORE THAN SIXTEEN BYTES"] {
            assert_eq!(ReplyTypes::of(name), ReplyTypes::ANY, "{name}");
        }
    }

    #[test]
    fn a_reply_of_another_type_is_to_another_command() {
        let parse = |wire: &str| redis::parse_redis_value(wire.as_bytes()).unwrap();
        let can = |name, wire| ReplyTypes::of(name).contain(&parse(wire));
        for (name, wire) in [
            ("GET", "$1\r\na\r\n"),
            ("GET", "$-1\r\n"),
            ("GET", "-WRONGTYPE no\r\n"),
            ("MGET", "*0\r\n"),
            ("SET", "+OK\r\n"),
            ("INCRBY", ":1\r\n"),
            ("TYPE", "+none\r\n"),
            ("EVALSHA", "*-1\r\n"),
        ] {
            assert!(can(name, wire), "{name} {wire}");
        }
        for (name, wire) in [
            ("GET", ":7\r\n"),
            ("GET", "+OK\r\n"),
            ("GET", "*3\r\n:1\r\n:2\r\n:3\r\n"),
            ("INCRBY", "+OK\r\n"),
            ("SET", ":1\r\n"),
            ("EVALSHA", ">2\r\n+invalidate\r\n*0\r\n"),
            ("HGETALL", "%0\r\n"),
            ("ZSCORE", ",1.5\r\n"),
            ("EVALSHA", "_\r\n"),
        ] {
            // RESP3's null is the same value as RESP2's.
            assert_eq!(can(name, wire), wire == "_\r\n", "{name} {wire}");
        }
    }
}
