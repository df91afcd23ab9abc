//! What each command replies with, in all of its forms: a reply of another type would end the connection.

use redis_service::protocol::Reply;

use crate::{RedisService, dual, fixture, scenario};

/// Keys of each type, and then commands, one a line, that all succeed on them.
const COMMANDS: &str = "
    MSET s 1 t text f 1.5 gone x; RPUSH l a b c d e f; HSET h n 1 f 1.5 g x; SADD m 1 2 3 4 5; SADD o 2 9
    ZADD z 1 a 2 b 3 c 4 d 5 e; ZADD y 1 a; PFADD p a; XADD x 1-1 f v; GEOADD g 13.3 52.5 berlin
    APPEND t more; BITCOUNT t; BITOP NOT bits t; BITPOS t 1; COPY s s2; COPY s s2 REPLACE; DBSIZE; DECR s; DECRBY s 2
    DEL s2 missing; EXISTS s; EXPIRE s 100; EXPIRE s 200 GT; EXPIREAT s 33177117420; EXPIRETIME s; EXPIRETIME missing; GETBIT t 1
    HDEL h gone; HEXISTS h n; HINCRBY h n 2; HLEN h; HSET h a 1 b 2; HSETNX h a 1; HSTRLEN h g; INCR s; INCRBY s 3
    LINSERT l BEFORE b x; LINSERT l BEFORE missing x; LLEN l; LPUSH l z; LPUSHX l z; LPUSHX missing z; LREM l 0 z
    MSETNX mn1 1 mn2 2; MSETNX mn1 1 mn3 2; PERSIST s; PEXPIRE s 100000; PEXPIREAT s 33177117420000; PEXPIRETIME s; PFADD p b; PFCOUNT p
    PTTL s; PTTL missing; PUBLISH c m; RENAMENX gone went; RPUSH l q; RPUSHX missing q; SCARD m; SDIFFSTORE sd m o; SETBIT bits 3 1
    SETNX s 1; SETRANGE t 2 xx; SINTERCARD 2 m o; SINTERCARD 2 m o LIMIT 1; SINTERSTORE si m o; SISMEMBER m 1; SMOVE m o 1; SREM m 1
    STRLEN t; SUNIONSTORE su m o; TOUCH s; TTL s; TTL missing; UNLINK went; XLEN x; XDEL x 9-9; XTRIM x MAXLEN 5
    ZCARD z; ZCOUNT z 1 2; ZDIFFSTORE zd 2 z y; ZINTERCARD 2 z y; ZINTERSTORE zi 2 z y; ZLEXCOUNT z - +; ZRANGESTORE zr z 0 1
    ZREM z missing; ZREMRANGEBYLEX zr [q [r; ZREMRANGEBYRANK zr 5 6; ZREMRANGEBYSCORE zr 8 9; ZUNIONSTORE zu 2 z y
    DUMP s; DUMP missing; ECHO e; GET s; GET missing; GETDEL mn1; GETDEL missing; GETEX s; GETEX missing; GETRANGE t 0 1; GETRANGE missing 0 1
    GETSET t new; GETSET fresh new; HGET h g; HGET h missing; HINCRBYFLOAT h f 0.5; INCRBYFLOAT f 0.5; LINDEX l 0; LINDEX l 99
    LMOVE l l2 LEFT RIGHT; LMOVE missing l2 LEFT RIGHT; RPOPLPUSH l l2; RPOPLPUSH missing l2; RANDOMKEY; SUBSTR t 0 1
    XADD x * f v; XADD missing NOMKSTREAM * f v; ZINCRBY z 1 a; ZSCORE z a; ZSCORE z missing
    HMSET h c 3; LSET l 0 v; LTRIM l 0 9; MSET a 1; PFMERGE p2 p; PSETEX px 1000000 v; RENAME a a2; SETEX sx 1000 v; TYPE s; TYPE missing
    XGROUP CREATE x g 0; XGROUP DESTROY x none; XREADGROUP GROUP g c STREAMS x >; XREADGROUP GROUP g c STREAMS x >; XPENDING x g
    XPENDING x g - + 9; XCLAIM x g d 0 1-1; XAUTOCLAIM x g c 0 0; XINFO STREAM x; XINFO GROUPS x; XINFO CONSUMERS x g; XGROUP DESTROY x g
    SET s 5; SET s 6 GET; SET fresh2 1 GET; SET s 7 NX; SET s 7 XX; SET missing 1 XX; SET s 8 XX GET; SET s 9 KEEPTTL
    HGETALL h; HGETALL missing; HKEYS h; HVALS h; HMGET h g missing; HSCAN h 0; KEYS s*; LRANGE l 0 -1; MGET s missing; SCAN 0
    SDIFF m o; SINTER m o; SUNION m o; SMEMBERS m; SMISMEMBER m 1 2; SSCAN m 0; TIME; XRANGE x - +; XREVRANGE x + -; XREAD STREAMS x 0
    XREAD STREAMS missing 0; ZDIFF 2 z y; ZDIFF 2 z y WITHSCORES; ZINTER 2 z y; ZUNION 2 z y WITHSCORES; ZMSCORE z a missing; ZRANGE z 0 -1
    ZRANGE z 0 -1 WITHSCORES; ZRANGEBYLEX z - +; ZRANGEBYSCORE z 1 2; ZREVRANGE z 0 1 WITHSCORES; ZREVRANGEBYLEX z + -
    ZREVRANGEBYSCORE z 2 1; ZSCAN z 0; LPOP l; LPOP l 2; LPOP missing; LPOP missing 2; RPOP l; RPOP l 2; SPOP o; SPOP m 2; SPOP missing
    SPOP missing 2; SRANDMEMBER m; SRANDMEMBER m 2; SRANDMEMBER missing; SRANDMEMBER missing 2; HRANDFIELD h; HRANDFIELD h 2 WITHVALUES; HRANDFIELD missing
    ZRANDMEMBER z; ZRANDMEMBER z 2 WITHSCORES; ZRANDMEMBER missing; ZPOPMAX z; ZPOPMIN z 2; ZPOPMIN missing
    ZADD z 9 q; ZADD z NX 9 q; ZADD z CH 8 q; ZADD z INCR 1 q; ZADD z NX INCR 1 q; ZADD z XX INCR 1 missing
    LPOS l v; LPOS l missing; LPOS l v COUNT 0; ZRANK z q; ZRANK z missing; ZREVRANK z q; PING; PING e; MOVE s 1; FLUSHDB; FLUSHALL
";

#[dual]
async fn run(redis: &RedisService, line: &'static str) {
    let mut words = line.split(' ');
    let name = words.next().unwrap();
    let mut command = redis.command(name);
    for word in words {
        command = command.arg(word);
    }
    if let Err(error) = command.run::<Reply>().await {
        panic!("{line}: {error}");
    }
}

#[dual]
#[scenario]
async fn no_reply_of_a_server_is_taken_for_anothers() {
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    for line in COMMANDS.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        run(&redis, line).await;
    }
}
