use super::*;
use crate::StoreErrorKind;

type Talk = Vec<(&'static str, String)>;

fn interest(name: &str) -> Interest {
    let bytes = |end: &str| format!("{name}:{end}").into_bytes();
    Interest { channel: bytes("channel"), log: bytes("log"), prefix: bytes("") }
}

fn refusal() -> StoreError {
    StoreError::new(StoreErrorKind::Service, "no")
}

/// Who was told what, in short.
fn talk(words: Words<&'static str>) -> Talk {
    let letters = |rung: Rung| {
        let flags = [
            (rung.is_announced, 'a'),
            (rung.is_invalidated, 'i'),
            (rung.is_asked, 'q'),
            (rung.is_doubted, 'd'),
            (rung.is_reconnected, 'r'),
            (rung.is_listened, 'l'),
        ];
        flags.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect::<String>()
    };
    let say = |(ear, word)| match word {
        Word::Rung(rung) => (ear, letters(rung)),
        Word::Tracking(tracking) => {
            (ear, if tracking.is_ok() { "+tracking" } else { "-tracking" }.to_owned())
        }
        Word::Refused(_) => (ear, "refused".to_owned()),
        Word::Unheard(_) => (ear, "unheard".to_owned()),
    };
    words.into_iter().map(say).collect()
}

fn said(words: &[(&'static str, &str)]) -> Talk {
    words.iter().map(|(ear, word)| (*ear, (*word).to_owned())).collect()
}

/// Subscribes for all who are there, with tracking.
fn listen(roster: &mut Roster<&'static str>) -> (u64, Talk) {
    let number = roster.begin().number;
    assert!(roster.tracking(number, &Ok(())).is_empty());
    let words = roster.confirmed(number).unwrap();
    (number, talk(words))
}

/// `a` and `b` are listened for by a connection of this number.
fn both() -> (Roster<&'static str>, u64) {
    let mut roster = Roster::default();
    for name in ["a", "b"] {
        assert!(roster.join(interest(name), name).1.is_empty());
    }
    let (number, _) = listen(&mut roster);
    assert!(!roster.is_incomplete());
    (roster, number)
}

#[test]
fn members_are_told_when_they_are_listened_for() {
    let mut roster = Roster::default();
    roster.join(interest("a"), "a");
    assert!(roster.is_waiting());
    assert_eq!(listen(&mut roster).1, said(&[("a", "+tracking"), ("a", "qdl")]));
    roster.join(interest("b"), "b");
    assert!(roster.is_waiting());
    // Whoever was listened for before looks when the connection before is gone: it may have had more to tell.
    assert_eq!(listen(&mut roster).1, said(&[("a", "+tracking"), ("b", "+tracking"), ("b", "qdl")]));
    assert!(!roster.is_incomplete());
    assert!(roster.is_moving());
    assert_eq!(talk(roster.moved()), said(&[("a", "q")]));
    assert!(roster.moved().is_empty() && !roster.is_moving());
}

#[test]
fn stores_of_one_namespace_need_one_channel_and_no_second_connection() {
    let (mut roster, _) = both();
    let (_, words) = roster.join(interest("a"), "again");
    assert_eq!(talk(words), said(&[("again", "+tracking"), ("again", "qdl")]));
    assert!(!roster.is_incomplete());
    let scope = roster.begin();
    assert_eq!((scope.channels.len(), scope.prefixes.len()), (2, 2));
}

#[test]
fn what_is_heard_is_told_to_those_it_concerns() {
    let (mut roster, number) = both();
    roster.join(interest("a"), "again");
    assert_eq!(talk(roster.announced(b"a:channel")), said(&[("a", "a"), ("again", "a")]));
    assert!(roster.announced(b"c:channel").is_empty());
    let keys = |keys: &[&str]| Invalidation::Keys(keys.iter().map(|key| key.as_bytes().to_vec()).collect());
    assert_eq!(talk(roster.invalidated(&keys(&["b:cur", "b:log"]))), said(&[("b", "i")]));
    assert_eq!(talk(roster.invalidated(&keys(&["b:cur"]))), said(&[("b", "id")]));
    // Another's log is no log of one's own.
    let mixed = keys(&["a:log", "a:cur", "b:cur"]);
    assert_eq!(talk(roster.invalidated(&mixed)), said(&[("a", "i"), ("b", "id"), ("again", "i")]));
    assert!(roster.invalidated(&keys(&["c:cur"])).is_empty());
    let all = talk(roster.invalidated(&Invalidation::Everything));
    assert_eq!(all, said(&[("a", "i"), ("b", "i"), ("again", "i")]));
    let refused = talk(roster.tracking(number, &Err(refusal())));
    assert_eq!(refused, said(&[("a", "-tracking"), ("b", "-tracking"), ("again", "-tracking")]));
}

#[test]
fn a_connection_that_is_not_confirmed_changes_nothing() {
    let (mut roster, current) = both();
    roster.join(interest("c"), "c");
    let coming = roster.begin().number;
    assert!(roster.tracking(coming, &Err(refusal())).is_empty());
    let words = talk(roster.failed(coming, &refusal()));
    assert_eq!(words, said(&[("c", "unheard"), ("c", "-tracking"), ("c", "qd")]));
    // It is tried again, and looks at intervals until then.
    assert!(roster.is_incomplete() && !roster.is_waiting());
    let coming = roster.begin().number;
    assert_eq!(talk(roster.failed(coming, &refusal())), said(&[("c", "unheard")]));
    assert!(roster.ended(coming).is_empty());
    assert_eq!(talk(roster.tracking(current, &Ok(()))), said(&[("a", "+tracking"), ("b", "+tracking")]));
}

#[test]
fn who_joins_while_a_connection_is_set_up_has_the_next() {
    let mut roster = Roster::default();
    roster.join(interest("a"), "a");
    let number = roster.begin().number;
    roster.join(interest("b"), "b");
    assert_eq!(talk(roster.confirmed(number).unwrap()), said(&[("a", "qdl")]));
    assert!(roster.is_waiting());
    // The one before was enough for it, this one is not.
    let (mut roster, _) = both();
    roster.leave(1);
    let number = roster.begin().number;
    assert!(!roster.join(interest("a"), "again").1.is_empty());
    assert!(talk(roster.confirmed(number).unwrap()).is_empty());
    assert!(roster.is_waiting());
}

#[test]
fn a_channel_that_is_refused_is_refused_to_its_members_alone() {
    let mut roster = Roster::default();
    for name in ["a", "b"] {
        roster.join(interest(name), name);
    }
    let number = roster.begin().number;
    roster.tracking(number, &Ok(()));
    roster.refused(number, b"b:channel".to_vec(), refusal());
    let words = [("a", "+tracking"), ("a", "qdl"), ("b", "refused"), ("b", "+tracking"), ("b", "qd")];
    assert_eq!(talk(roster.confirmed(number).unwrap()), said(&words));
    assert!(!roster.is_incomplete());
    // Allowed, in its turn, when the connection comes back.
    roster.tracking(number, &Ok(()));
    roster.refused(number, b"a:channel".to_vec(), refusal());
    let words = [("a", "refused"), ("a", "+tracking"), ("a", "qr"), ("b", "+tracking"), ("b", "qrl")];
    assert_eq!(talk(roster.gap(number)), said(&words));
}

#[test]
fn after_a_reconnect_everybody_looks() {
    let (mut roster, number) = both();
    roster.tracking(number, &Ok(()));
    let words = [("a", "+tracking"), ("a", "qr"), ("b", "+tracking"), ("b", "qr")];
    assert_eq!(talk(roster.gap(number)), said(&words));
    assert!(roster.gap(number + 1).is_empty());
}

#[test]
fn a_connection_that_ended_is_needed_again() {
    let (mut roster, number) = both();
    assert_eq!(talk(roster.ended(number)), said(&[("a", "q"), ("b", "q")]));
    assert!(roster.is_waiting());
    assert!(roster.ended(number).is_empty());
    let words = [("a", "unheard"), ("a", "qd"), ("b", "unheard"), ("b", "qd")];
    assert_eq!(talk(roster.abandoned(&refusal())), said(&words));
}

#[test]
fn a_connection_that_ended_before_it_was_confirmed_has_failed() {
    let mut roster = Roster::default();
    roster.join(interest("a"), "a");
    let number = roster.begin().number;
    assert!(roster.ended(number).is_empty() && roster.confirmed(number).is_none());
    assert_eq!(talk(roster.failed(number, &refusal())), said(&[("a", "unheard"), ("a", "qd")]));
}

#[test]
fn the_next_connection_leaves_out_who_left() {
    let (mut roster, _) = both();
    roster.leave(1);
    let scope = roster.begin();
    assert_eq!(scope.channels.into_iter().collect::<Vec<_>>(), [b"b:channel"]);
    roster.leave(2);
    assert!(roster.is_empty());
}
