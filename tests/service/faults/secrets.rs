use redis_service::{
    Script, ServiceConfig,
    config::{Credentials, RetryPolicy},
    protocol::{Command, RawPipeline},
};
use redis_testkit::Options;

use crate::{
    RedisService, dual,
    fixture::{CANARY, FaultRig, HOUR, assert_silent},
    scenario,
};

#[track_caller]
fn assert_hidden(shown: &impl std::fmt::Debug) {
    let shown = format!("{shown:?} {shown:#?}");
    assert!(!shown.contains(CANARY), "{shown}");
}

#[dual]
#[scenario]
async fn nothing_that_can_be_shown_shows_a_password_or_a_value() {
    let rig = FaultRig::with(Options::default().with_user("user-canary", "password-canary", "~* +@all"));
    let url = rig.server.url_as("user-canary", "password-canary");
    let config = ServiceConfig::from_url(&url).unwrap().with_retry(RetryPolicy::none());
    assert_hidden(&config);
    assert_hidden(&Credentials::new("user-canary", "password-canary"));
    let redis = RedisService::connect(config.clone()).await.unwrap();
    redis.set("key", CANARY, HOUR).await.unwrap();
    assert_hidden(&redis);
    assert_hidden(&redis.command("SET").arg(CANARY));
    assert_hidden(&Command::new("SET").arg("key").arg(CANARY));
    assert_hidden(&RawPipeline::from_iter([Command::new("SET").arg("key").arg(CANARY)]));
    assert_hidden(&Script::new("return 'canary'").call().arg(CANARY));
    let mut dedicated = redis.dedicated().await.unwrap();
    assert_hidden(&dedicated);
    let replies = dedicated.pipeline(&RawPipeline::from_iter([Command::new("GET").arg("key")])).await;
    assert_hidden(&replies);
    let reply = dedicated.command("NOSUCH").arg(CANARY).run::<()>().await;
    assert_silent(&reply.unwrap_err());
    let health = redis.health().await;
    assert_hidden(&health);
    let found = redis.get_many::<i32>(&["key"]).await.unwrap();
    assert_hidden(&found);
    let error = redis.get::<i32>("key").await.unwrap_err();
    assert_silent(&error);

    rig.cli().text(&["ACL", "SETUSER", "user-canary", "off"]).unwrap();
    let error = RedisService::connect(config).await.unwrap_err();
    assert_silent(&error);
    let health = redis.health().await;
    assert_hidden(&health);
}

#[dual]
#[scenario]
async fn invalid_configurations_do_not_show_what_is_wrong() {
    for url in [
        "redis://user:canary@host:port/0",
        "redis://:canary@127.0.0.1:6379/canary",
        "canary://127.0.0.1",
        "redis://user:canary@127.0.0.1:6379/0?db=canary",
    ] {
        if let Err(error) = ServiceConfig::from_url(url) {
            assert_silent(&error);
        }
    }
    let error = RedisService::connect(ServiceConfig::default().with_client_name("canary canary")).await;
    assert_silent(&error.unwrap_err());
}
