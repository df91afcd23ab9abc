use redis_service::{
    Error, ErrorKind,
    testing::{Answer, ScriptedServer},
};
use redis_testkit::{Direction, Scope};

use crate::{
    RedisService, dual,
    fixture::{FaultRig, HOUR, outcome_text},
    scenario,
};

/// What a caller can learn from an error, without the server's name.
fn learned(error: &Error) -> String {
    let (kind, outcome) = (error.kind(), error.outcome());
    format!("{kind:?} {outcome:?} {:?} {:?} {:?}", error.operation(), error.key(), error.code())
}

/// The error of an increment that is answered like this, with the configuration of the rig.
#[dual]
async fn scripted(rig: &FaultRig, answer: Answer) -> String {
    let (redis, _) =
        RedisService::scripted(ScriptedServer::new().config(rig.config()).on_any().answer(answer));
    learned(&redis.increment("count", 1).await.unwrap_err())
}

#[dual]
#[scenario]
async fn losses_are_those_of_a_real_connection() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    redis.ping().await.unwrap();
    rig.proxy.cut_after(Direction::ToClient, 0, Scope::Once);
    let error = redis.increment("count", 1).await.unwrap_err();
    let found = scripted(&rig, Answer::lost()).await;
    assert_eq!(found, learned(&error));

    redis.ping().await.unwrap();
    rig.proxy.black_hole(Scope::Existing);
    let error = redis.increment("count", 1).await.unwrap_err();
    let found = scripted(&rig, Answer::timeout()).await;
    assert_eq!(found, learned(&error));

    rig.proxy.heal().unwrap();
    rig.proxy.refuse().unwrap();
    rig.proxy.reset();
    let error = redis.increment("count", 1).await.unwrap_err();
    let found = scripted(&rig, Answer::unsent()).await;
    assert_eq!(found, learned(&error));
}

#[dual]
#[scenario]
async fn replies_and_errors_are_those_of_a_real_server() {
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    redis.list::<u32>("list").push_back(&1).await.unwrap();
    rig.cli().call(&["SET", "broken", "{"]).unwrap();
    rig.cli().call(&["SET", "user", "[\"Ada\",36]"]).unwrap();
    let script = ScriptedServer::new()
        .config(rig.config())
        .on(["GET", "list"])
        .answer(Answer::error_of(ErrorKind::WrongType))
        .on(["GET", "broken"])
        .answer("{")
        .on(["GET", "user"])
        .answer(Answer::json(&("Ada", 36)))
        .on(["GET", "missing"])
        .answer(Answer::nil())
        .on(["LRANGE", "list", "0", "-1"])
        .answer(Answer::array([Answer::json(&1)]))
        .on_command("SET")
        .answer(Answer::nil());
    let (scripted, recorded) = RedisService::scripted(script);
    for key in ["list", "broken", "user", "missing"] {
        let real = outcome_text(redis.get::<(String, u8)>(key).await);
        let found = outcome_text(scripted.get::<(String, u8)>(key).await);
        assert_eq!(found, real, "{key}");
    }
    let real = redis.list::<u32>("list").range(0, -1).await.unwrap();
    let found = scripted.list::<u32>("list").range(0, -1).await.unwrap();
    assert_eq!(found, real);
    let real = redis.set_if_absent("user", &1, HOUR).await.unwrap();
    let found = scripted.set_if_absent("user", &1, HOUR).await.unwrap();
    assert_eq!(found, real);
    recorded.assert_done();
}
