use redis_testkit::{Options, Server};

use crate::{
    RedisService, dual,
    fixture::{self, HOUR, eventually},
    scenario,
};

const SETINFO: &str = "CLIENT|SETINFO";

/// The lines of CLIENT LIST about connections of this name.
fn clients(server: &Server, name: &str) -> Vec<String> {
    let list = server.cli().unwrap().text(&["CLIENT", "LIST"]).unwrap();
    list.lines().filter(|line| line.contains(&format!(" name={name} "))).map(str::to_owned).collect()
}

#[dual]
#[scenario]
async fn every_connection_has_its_name_and_that_of_the_library() {
    let server = fixture::server();
    let config = fixture::config(&server.url()).with_client_name("shop");
    let redis = RedisService::connect(config).await.unwrap();
    let _dedicated = redis.dedicated().await.unwrap();
    let _subscription = redis.subscribe::<u32>("channel").await.unwrap();
    eventually("three connections have the name", || clients(&server, "shop").len() == 3).await;
    for client in clients(&server, "shop") {
        let is_named =
            client.contains(" lib-name=redis-service ") || client.ends_with(" lib-name=redis-service");
        let has_version = client.contains(&format!("lib-ver={}", env!("CARGO_PKG_VERSION")));
        // Redis 7.0 has neither the command nor the fields.
        let is_known = server.has_command(SETINFO).unwrap();
        assert_eq!((is_named, has_version), (is_known, is_known), "{client}");
    }
}

#[dual]
#[scenario]
async fn a_user_that_may_not_name_the_library_has_connections_with_their_own_name() {
    let server = fixture::server();
    let forbidden = if server.has_command(SETINFO).unwrap() { "-client|setinfo" } else { "-client|info" };
    let rules = format!("~* &* +@all {forbidden}");
    let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
    let config = fixture::config(&server.url_as("app", "secret")).with_client_name("shop");
    let redis = RedisService::connect(config).await.unwrap();
    redis.ping().await.unwrap();
    let clients = clients(&server, "shop");
    assert_eq!(clients.len(), 1, "{clients:?}");
    assert!(!clients[0].contains("lib-name=redis-service"), "{clients:?}");
}

#[dual]
#[scenario]
async fn a_user_that_may_name_nothing_has_connections() {
    for rules in ["~* &* +@all -client", "~* &* +@all -client|setname"] {
        let server = Server::start(Options::default().with_user("app", "secret", rules)).unwrap();
        let redis = RedisService::connect(fixture::config(&server.url_as("app", "secret"))).await.unwrap();
        redis.set("key", &1, HOUR).await.unwrap();
        let mut dedicated = redis.dedicated().await.unwrap();
        let found: u32 = dedicated.command("GET").key("key").run().await.unwrap();
        assert_eq!(found, 1, "{rules}");
    }
}
