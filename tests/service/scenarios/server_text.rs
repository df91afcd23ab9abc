//! The server's text is available from the error, whatever was called, and nothing shows it.

use std::{error::Error as _, fmt::Debug};

use redis_service::{
    Error, ErrorKind, Outcome, Result, Script,
    protocol::{Command, RawPipeline, Reply},
    pubsub::{Event, Subscribe},
    transaction::TransactionOptions,
};
use redis_testkit::{Answer, FakeServer, Options};

use crate::{
    RedisService, Transaction, dual,
    fixture::{self, FaultRig, HOUR, traces},
    scenario,
};

const CANARY: &str = "singing-bird";

const SINGING: &str = "return redis.error_reply('MINE the singing-bird\\tsings')";

static SINGS: Script = Script::new(SINGING);

const SUNG: &str = "MINE the singing-bird\tsings";

/// Checks that the error has this text, and shows nothing of it.
#[track_caller]
fn assert_text(error: &Error, text: &str) {
    assert_eq!(error.server_text(), Some(text), "{error}");
    assert_hidden(error);
    assert!(error.source().is_none());
}

#[track_caller]
fn assert_hidden(shown: &impl Debug) {
    let shown = format!("{shown:?} {shown:#?}");
    assert!(!shown.contains(CANARY), "{shown}");
}

#[dual]
async fn sing(mut tx: Transaction) -> Result<()> {
    tx.queue().script(&SINGS).key("key").queue::<i64>();
    Ok(())
}

#[dual]
#[scenario]
async fn the_text_is_on_the_error_of_every_call_and_in_nothing_that_is_shown() {
    traces::listen();
    let rig = FaultRig::new();
    let redis = rig.connect().await;
    let error = redis.script(&SINGS).key("key").run::<i64>().await.unwrap_err();
    assert_text(&error, SUNG);
    assert_text(&error.clone(), SUNG);
    assert_eq!(error.code(), Some("MINE"));
    let error = redis.command("EVAL").arg(SINGING).arg(0).run::<()>().await.unwrap_err();
    assert_text(&error, SUNG);

    let mut batch = redis.pipeline();
    let handle = batch.script(&SINGS).key("key").queue::<i64>();
    let mut results = batch.run().await.unwrap();
    assert_hidden(&results);
    assert_text(&results.take(handle).unwrap_err(), SUNG);
    let mut batch = redis.pipeline().atomic();
    let handle = batch.script(&SINGS).key("key").queue::<i64>();
    assert_text(&batch.run().await.unwrap().take(handle).unwrap_err(), SUNG);

    let options = TransactionOptions::default();
    let ((), mut results) = redis.transaction_with(options, &["key"], sing).await.unwrap();
    assert_text(&results.check().unwrap_err(), SUNG);
    assert_text(&redis.transaction(&["key"], sing).await.unwrap_err(), SUNG);

    let mut own = redis.dedicated().await.unwrap();
    assert_text(&own.command("EVAL").arg(SINGING).arg(0).run::<()>().await.unwrap_err(), SUNG);
    let command = || Command::new("EVAL").arg(SINGING).arg(0);
    let pipeline = RawPipeline::from_iter([command()]);
    let replies = own.pipeline(&pipeline).await.unwrap();
    assert_hidden(&replies);
    assert_text(replies[0].as_ref().unwrap_err(), SUNG);
    // Within a reply.
    for name in ["MULTI", "EVAL"] {
        let command = own.command(name);
        let command = if name == "EVAL" { command.arg(SINGING).arg(0) } else { command };
        command.run::<Reply>().await.unwrap();
    }
    let error = own.command("EXEC").run::<Vec<i64>>().await.unwrap_err();
    assert_text(&error, SUNG);

    let health = redis.health().await;
    assert_hidden(&health);
    assert!(!traces::heard().contains(CANARY));
}

#[dual]
#[scenario]
async fn a_command_that_is_wrong_says_what_is_wrong() {
    static RUNS: Script = Script::new("return redis.call('GET')");
    static COMPILES: Script = Script::new("return redis.call('GET'");
    let server = fixture::server();
    let redis = fixture::connect(&server).await;
    let error = redis.script(&COMPILES).key("key").run::<i64>().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Operation, Outcome::NotApplied), "{error}");
    assert!(error.to_string().contains("the script does not compile"), "{error}");
    let text = error.server_text().unwrap();
    assert!(text.contains("user_script:1: ')' expected near '<eof>'"), "{text}");

    let error = redis.script(&RUNS).key("key").run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(error.to_string().contains("in the script has the wrong number of arguments"), "{error}");
    assert!(error.server_text().unwrap().contains("@user_script:1"), "{error}");

    let error = redis.command("GET").run::<()>().await.unwrap_err();
    assert!(error.to_string().contains("the command has the wrong number of arguments"), "{error}");
    assert_eq!(error.server_text(), Some("ERR wrong number of arguments for 'get' command"));

    // A script that claims the same is believed to have failed, and nothing else.
    static CLAIMS: Script = Script::new("error({err = 'ERR Error compiling script (new function): x'})");
    let error = redis.script(&CLAIMS).key("key").run::<i64>().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(!error.to_string().contains("compile"), "{error}");
    let error = redis.get_raw("").await.unwrap_err();
    assert_eq!(error.server_text(), None);
}

#[dual]
#[scenario]
async fn a_refused_login_and_a_refused_channel_have_the_text_as_well() {
    let rig = FaultRig::with(Options::default().with_user("app", "secret", "~* &mine +@all"));
    let url = rig.server.url_as("app", "secret");
    let app = RedisService::connect(fixture::config(&url)).await.unwrap();
    let refused = app.subscribe_raw("theirs").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Permission);
    assert!(refused.server_text().unwrap().starts_with("NOPERM "), "{refused:?}");
    let channels = Subscribe::to(["mine", "theirs"]).where_permitted();
    let mut listening = app.subscribe_raw(channels).await.unwrap();
    let event = listening.next_within(HOUR).await;
    let Some(Event::Refused(refused)) = event else { panic!("not refused") };
    assert!(refused.error.server_text().unwrap().starts_with("NOPERM "));

    let wrong = rig.server.url_as("app", "wrong");
    let error = RedisService::connect(fixture::config(&wrong)).await.unwrap_err();
    assert!(error.server_text().unwrap().starts_with("WRONGPASS "), "{error:?}");
}

#[dual]
#[scenario]
async fn a_text_that_repeats_the_password_is_left_out() {
    let server = FakeServer::serve(|connection| {
        while let Some(request) = connection.request() {
            if !connection.answer(&Answer::unknown_command(&request)) {
                return;
            }
        }
    });
    let server = server.unwrap();
    let config = fixture::config(&format!("redis://{}", server.address())).with_password("singing-bird");
    let error = RedisService::connect(config).await.unwrap_err();
    assert_eq!(error.server_text(), None, "{error:?}");
}
