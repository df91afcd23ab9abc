//! What is an `Iterator` in the blocking API.

use redis_service::Event;

use crate::fixture;

#[test]
fn a_subscription_is_an_iterator() {
    let server = fixture::server();
    let redis = fixture::connect(&server);
    let mut subscription = redis.subscribe::<u32>("numbers").unwrap();
    for number in 0..3 {
        redis.publish("numbers", &number).unwrap();
    }
    let heard: Vec<_> = subscription.by_ref().take(3).filter_map(Event::into_payload).collect();
    assert_eq!(heard, [0, 1, 2]);
    subscription.close();
    assert!(subscription.next().is_none());
}
