use super::*;
use crate::error::StoreErrorKind;

/// Who received which notice, in short.
type Summary = Vec<(&'static str, String)>;

fn interest(name: &str) -> Interest {
    let bytes = |end: &str| format!("{name}:{end}").into_bytes();
    Interest { channel: bytes("channel"), log: bytes("log"), prefix: bytes("") }
}

fn refusal() -> StoreError {
    StoreError::new(StoreErrorKind::Service, "no")
}

/// The notices, in short.
fn summary(notices: Notices<&'static str>) -> Summary {
    let letters = |reason: WakeReason| {
        let flags = [
            (reason.is_notified, 'n'),
            (reason.is_invalidated, 'i'),
            (reason.is_requested, 'q'),
            (reason.is_doubtful, 'd'),
            (reason.is_reconnected, 'r'),
            (reason.is_subscribed, 's'),
        ];
        flags.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect::<String>()
    };
    let shorten = |(sink, notice)| match notice {
        Notice::Wake(reason) => (sink, letters(reason)),
        Notice::Tracking(tracking) => {
            (sink, if tracking.is_ok() { "+tracking" } else { "-tracking" }.to_owned())
        }
        Notice::Refused(_) => (sink, "refused".to_owned()),
        Notice::Unsubscribed(_) => (sink, "unsubscribed".to_owned()),
    };
    notices.into_iter().map(shorten).collect()
}

fn expected(notices: &[(&'static str, &str)]) -> Summary {
    notices.iter().map(|(sink, notice)| (*sink, (*notice).to_owned())).collect()
}

/// Opens a connection for all subscribers, with tracking.
fn connect(subscribers: &mut Subscribers<&'static str>) -> (u64, Summary) {
    let number = subscribers.begin().number;
    assert!(subscribers.tracking(number, &Ok(())).is_empty());
    let notices = subscribers.confirmed(number).unwrap();
    (number, summary(notices))
}

/// `a` and `b` are served by a connection of this number.
fn both() -> (Subscribers<&'static str>, u64) {
    let mut subscribers = Subscribers::default();
    for name in ["a", "b"] {
        assert!(subscribers.add(interest(name), name).1.is_empty());
    }
    let (number, _) = connect(&mut subscribers);
    assert!(!subscribers.is_incomplete());
    (subscribers, number)
}

#[test]
fn subscribers_are_notified_when_a_connection_serves_them() {
    let mut subscribers = Subscribers::default();
    subscribers.add(interest("a"), "a");
    assert!(subscribers.has_pending());
    assert_eq!(connect(&mut subscribers).1, expected(&[("a", "+tracking"), ("a", "qds")]));
    subscribers.add(interest("b"), "b");
    assert!(subscribers.has_pending());
    // A store that the previous connection served synchronizes when that is closed: it may have had more to deliver.
    assert_eq!(
        connect(&mut subscribers).1,
        expected(&[("a", "+tracking"), ("b", "+tracking"), ("b", "qds")])
    );
    assert!(!subscribers.is_incomplete());
    assert!(subscribers.is_handing_over());
    assert_eq!(summary(subscribers.previous_closed()), expected(&[("a", "q")]));
    assert!(subscribers.previous_closed().is_empty() && !subscribers.is_handing_over());
}

#[test]
fn stores_of_one_namespace_need_one_channel_and_no_second_connection() {
    let (mut subscribers, _) = both();
    let (_, notices) = subscribers.add(interest("a"), "again");
    assert_eq!(summary(notices), expected(&[("again", "+tracking"), ("again", "qds")]));
    assert!(!subscribers.is_incomplete());
    let scope = subscribers.begin();
    assert_eq!((scope.channels.len(), scope.prefixes.len()), (2, 2));
}

#[test]
fn messages_go_to_the_stores_that_they_concern() {
    let (mut subscribers, number) = both();
    subscribers.add(interest("a"), "again");
    assert_eq!(summary(subscribers.notified(b"a:channel")), expected(&[("a", "n"), ("again", "n")]));
    assert!(subscribers.notified(b"c:channel").is_empty());
    let keys = |keys: &[&str]| Invalidation::Keys(keys.iter().map(|key| key.as_bytes().to_vec()).collect());
    assert_eq!(summary(subscribers.invalidated(&keys(&["b:cur", "b:log"]))), expected(&[("b", "i")]));
    assert_eq!(summary(subscribers.invalidated(&keys(&["b:cur"]))), expected(&[("b", "id")]));
    // The log of another store does not count.
    let mixed = keys(&["a:log", "a:cur", "b:cur"]);
    assert_eq!(
        summary(subscribers.invalidated(&mixed)),
        expected(&[("a", "i"), ("b", "id"), ("again", "i")])
    );
    assert!(subscribers.invalidated(&keys(&["c:cur"])).is_empty());
    let all = summary(subscribers.invalidated(&Invalidation::Everything));
    assert_eq!(all, expected(&[("a", "i"), ("b", "i"), ("again", "i")]));
    let refused = summary(subscribers.tracking(number, &Err(refusal())));
    assert_eq!(refused, expected(&[("a", "-tracking"), ("b", "-tracking"), ("again", "-tracking")]));
}

#[test]
fn a_connection_that_is_not_confirmed_changes_nothing() {
    let (mut subscribers, current) = both();
    subscribers.add(interest("c"), "c");
    let coming = subscribers.begin().number;
    assert!(subscribers.tracking(coming, &Err(refusal())).is_empty());
    let notices = summary(subscribers.failed(coming, &refusal()));
    assert_eq!(notices, expected(&[("c", "unsubscribed"), ("c", "-tracking"), ("c", "qd")]));
    // The connection is retried; until then the store polls.
    assert!(subscribers.is_incomplete() && !subscribers.has_pending());
    let coming = subscribers.begin().number;
    assert_eq!(summary(subscribers.failed(coming, &refusal())), expected(&[("c", "unsubscribed")]));
    assert!(subscribers.ended(coming).is_empty());
    assert_eq!(
        summary(subscribers.tracking(current, &Ok(()))),
        expected(&[("a", "+tracking"), ("b", "+tracking")])
    );
}

#[test]
fn a_store_that_joins_while_a_connection_is_set_up_gets_the_next() {
    let mut subscribers = Subscribers::default();
    subscribers.add(interest("a"), "a");
    let number = subscribers.begin().number;
    subscribers.add(interest("b"), "b");
    assert_eq!(summary(subscribers.confirmed(number).unwrap()), expected(&[("a", "qds")]));
    assert!(subscribers.has_pending());
    // The previous connection covered it, this one does not.
    let (mut subscribers, _) = both();
    subscribers.remove(1);
    let number = subscribers.begin().number;
    assert!(!subscribers.add(interest("a"), "again").1.is_empty());
    assert!(summary(subscribers.confirmed(number).unwrap()).is_empty());
    assert!(subscribers.has_pending());
}

#[test]
fn a_refused_channel_concerns_its_subscribers_alone() {
    let mut subscribers = Subscribers::default();
    for name in ["a", "b"] {
        subscribers.add(interest(name), name);
    }
    let number = subscribers.begin().number;
    subscribers.tracking(number, &Ok(()));
    subscribers.refused(number, b"b:channel".to_vec(), refusal());
    let notices = [("a", "+tracking"), ("a", "qds"), ("b", "refused"), ("b", "+tracking"), ("b", "qd")];
    assert_eq!(summary(subscribers.confirmed(number).unwrap()), expected(&notices));
    assert!(!subscribers.is_incomplete());
    // After a reconnect that channel is permitted, and the other is refused.
    subscribers.tracking(number, &Ok(()));
    subscribers.refused(number, b"a:channel".to_vec(), refusal());
    let notices = [("a", "refused"), ("a", "+tracking"), ("a", "qr"), ("b", "+tracking"), ("b", "qrs")];
    assert_eq!(summary(subscribers.reconnected(number)), expected(&notices));
}

#[test]
fn after_a_reconnect_every_store_synchronizes() {
    let (mut subscribers, number) = both();
    subscribers.tracking(number, &Ok(()));
    let notices = [("a", "+tracking"), ("a", "qr"), ("b", "+tracking"), ("b", "qr")];
    assert_eq!(summary(subscribers.reconnected(number)), expected(&notices));
    assert!(subscribers.reconnected(number + 1).is_empty());
}

#[test]
fn a_lost_connection_is_reported_until_it_subscribes_again() {
    let (mut subscribers, number) = both();
    let notices = [("a", "unsubscribed"), ("a", "q"), ("b", "unsubscribed"), ("b", "q")];
    assert_eq!(summary(subscribers.lost(number, &refusal())), expected(&notices));
    // One look is enough.
    let notices = [("a", "unsubscribed"), ("b", "unsubscribed")];
    assert_eq!(summary(subscribers.lost(number, &refusal())), expected(&notices));
    assert!(subscribers.lost(number + 1, &refusal()).is_empty());
    // It serves nobody who joins meanwhile, and is not replaced for those whom it serves.
    assert!(!subscribers.has_pending() && !subscribers.is_incomplete());
    assert!(subscribers.add(interest("a"), "again").1.is_empty() && subscribers.has_pending());
    subscribers.remove(4);
    subscribers.tracking(number, &Ok(()));
    let notices = [("a", "+tracking"), ("a", "qrs"), ("b", "+tracking"), ("b", "qrs")];
    assert_eq!(summary(subscribers.reconnected(number)), expected(&notices));
    assert_eq!(
        summary(subscribers.reconnected(number)),
        expected(&[("a", "+tracking"), ("a", "qr"), ("b", "+tracking"), ("b", "qr")])
    );
}

#[test]
fn a_connection_that_ended_is_replaced() {
    let (mut subscribers, number) = both();
    assert_eq!(summary(subscribers.ended(number)), expected(&[("a", "q"), ("b", "q")]));
    assert!(subscribers.has_pending());
    assert!(subscribers.ended(number).is_empty());
    let notices = [("a", "unsubscribed"), ("a", "qd"), ("b", "unsubscribed"), ("b", "qd")];
    assert_eq!(summary(subscribers.abandoned(&refusal())), expected(&notices));
}

#[test]
fn a_connection_that_ended_before_it_was_confirmed_has_failed() {
    let mut subscribers = Subscribers::default();
    subscribers.add(interest("a"), "a");
    let number = subscribers.begin().number;
    assert!(subscribers.ended(number).is_empty() && subscribers.confirmed(number).is_none());
    assert_eq!(
        summary(subscribers.failed(number, &refusal())),
        expected(&[("a", "unsubscribed"), ("a", "qd")])
    );
}

#[test]
fn the_next_connection_leaves_out_removed_subscribers() {
    let (mut subscribers, _) = both();
    subscribers.remove(1);
    let scope = subscribers.begin();
    assert_eq!(scope.channels.into_iter().collect::<Vec<_>>(), [b"b:channel"]);
    subscribers.remove(2);
    assert!(subscribers.is_empty());
}
