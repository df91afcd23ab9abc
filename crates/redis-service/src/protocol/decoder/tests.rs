use proptest::prelude::*;

use super::*;

/// A reader of bytes that arrive in pieces; between two pieces it would block.
struct Pieces<'a> {
    pieces: std::slice::Chunks<'a, u8>,
    rest: &'a [u8],
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.rest.read(buffer)
    }
}

/// Decodes bytes that arrive in pieces of this size.
fn decode(wire: &[u8], piece: usize) -> Result<Vec<Value>, RedisError> {
    let mut decoder = Decoder::default();
    let mut reader = Pieces { pieces: wire.chunks(piece), rest: &[] };
    let mut values = Vec::new();
    while let Some(piece) = reader.pieces.next() {
        reader.rest = piece;
        while decoder.read_from(&mut reader).is_ok() {
            while let Some(value) = decoder.next()? {
                values.push(value);
            }
        }
    }
    Ok(values)
}

/// Replies of every type in their wire form.
fn reply() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~]{0,12}";
    let line = (prop::sample::select(&b"+-"[..]), text)
        .prop_map(|(kind, text)| [&[kind], text.as_bytes(), b"\r\n"].concat());
    let bulk = (prop::sample::select(&b"$!"[..]), prop::collection::vec(any::<u8>(), 0..40)).prop_map(
        |(kind, bytes)| {
            // An error is text.
            let bytes = if kind == b'!' { b"ERR said\r\nso".to_vec() } else { bytes };
            let length = bytes.len().to_string();
            [&[kind], length.as_bytes(), b"\r\n", &bytes, b"\r\n"].concat()
        },
    );
    let fixed = prop::sample::select(
        &[
            "+OK\r\n",
            ":0\r\n",
            ":-9223372036854775808\r\n",
            "$-1\r\n",
            "*-1\r\n",
            "_\r\n",
            "#t\r\n",
            ",1.5\r\n",
            "(123456789012345678901234567890\r\n",
            "=7\r\ntxt:abc\r\n",
            "*0\r\n",
        ][..],
    )
    .prop_map(|wire| wire.as_bytes().to_vec());
    prop_oneof![line, bulk, fixed].prop_recursive(4, 24, 5, |inner| {
        (prop::sample::select(&b"*~%>"[..]), prop::collection::vec(inner, 0..5)).prop_map(|(kind, values)| {
            let (kind, values) = match kind {
                // A push begins with its kind.
                b'>' => (kind, [&[b"+message\r\n".to_vec()], &values[..]].concat()),
                b'%' => (kind, values[..values.len() / 2 * 2].to_vec()),
                _ => (kind, values),
            };
            let count = if kind == b'%' { values.len() / 2 } else { values.len() };
            [&[kind], count.to_string().as_bytes(), b"\r\n", &values.concat()].concat()
        })
    })
}

proptest! {
    #[test]
    fn what_comes_out_is_what_the_redis_crate_makes_of_it(
        replies in prop::collection::vec(reply(), 1..8),
        piece in 1_usize..50,
    ) {
        let wanted: Result<Vec<_>, _> = replies.iter().map(|wire| redis::parse_redis_value(wire)).collect();
        let decoded = decode(&replies.concat(), piece);
        prop_assert_eq!(decoded.ok(), wanted.ok());
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(
        wire in prop::collection::vec(prop::sample::select(&b"$*+-:%~>|=!_#,(0123456789\r\nab"[..]), 0..60),
    ) {
        let piecewise = decode(&wire, 1).ok();
        prop_assert_eq!(piecewise, decode(&wire, 60).ok());
    }
}

#[test]
fn the_same_bytes_are_malformed_in_one_piece_and_in_many() {
    let number_of_24_bytes: &[u8] = b":000000000000000000000001\r\n";
    for wire in [&b"_\n\r\n"[..], b"#\n\r\n", b",\n1\r\n", b"(\n1\r\n", b":\n0\r\n", number_of_24_bytes] {
        for piece in 1..=wire.len() {
            assert!(decode(wire, piece).is_err(), "{wire:?} in pieces of {piece}");
        }
    }
}

#[test]
fn a_large_string_arrives_in_many_reads_and_is_followed_by_others() {
    for length in [LARGE - 1, LARGE, 3 << 20] {
        let bytes = vec![b'x'; length];
        let string = [format!("${length}\r\n").as_bytes(), &bytes, b"\r\n"].concat();
        let list = [b"*2\r\n", &string[..], b":2\r\n"].concat();
        let wire = [b":1\r\n", &string[..], b":3\r\n", &list, &string].concat();
        let string = Value::BulkString(bytes);
        let wanted = [
            Value::Int(1),
            string.clone(),
            Value::Int(3),
            Value::Array(vec![string.clone(), Value::Int(2)]),
            string,
        ];
        for piece in [1_000, 64 * 1024, wire.len()] {
            let decoded = decode(&wire, piece).unwrap();
            assert!(decoded == wanted, "{length} in pieces of {piece}");
        }
    }
}

#[test]
fn the_room_for_a_large_reply_is_given_back() {
    let mut decoder = Decoder { buffer: vec![0; 4 << 20], ..Decoder::default() };
    assert!(decoder.room().len() <= KEPT);
}

#[test]
fn a_length_that_is_only_promised_takes_no_memory() {
    let mut decoder = Decoder::default();
    decoder.read_from(&mut &b"*1000000000\r\n$500000000\r\nx"[..]).unwrap();
    assert!(decoder.next().unwrap().is_none());
    assert!(decoder.room().len() <= KEPT);

    let mut decoder = Decoder::default();
    decoder.read_from(&mut &b"$536870912\r\nx"[..]).unwrap();
    assert!(decoder.next().unwrap().is_none() && !decoder.is_empty());
    assert!(decoder.large.unwrap().bytes.capacity() <= MAX_PROMISED);
}

#[test]
fn what_is_not_resp_is_an_error() {
    for wire in [
        "HTTP/1.1 400\r\n",
        "$x\r\n",
        "$-2\r\n",
        "*9223372036854775807\r\n",
        "*99999999999\r\n",
        "$99999999999\r\n",
        "$536870913\r\n",
        "$1\r\nabc\r\n",
        "\x15\x03",
    ] {
        let decoded = decode(wire.as_bytes(), 100);
        assert_eq!(decoded.unwrap_err().kind(), redis::ErrorKind::Parse, "{wire:?}");
    }
}

/// One byte of the end of a line is wrong: the line would include the next one.
#[test]
fn two_lines_are_never_taken_for_one() {
    for wire in [
        "+OK\n:1\r\n",
        "+OKx\n:1\r\n",
        "+OK\rx:1\r\n",
        "+a\nb\r\n",
        "-ERR a\n+OK\r\n",
        ":7\n",
        ":7\rx",
        "+OK\n",
        "+OK\r\r\n",
        "*1\r\n+a\nb\r\n",
        "$1\n1\r\n",
    ] {
        for piece in [1, 100] {
            let decoded = decode(wire.as_bytes(), piece);
            assert_eq!(decoded.unwrap_err().kind(), redis::ErrorKind::Parse, "{wire:?}");
        }
    }
}

#[test]
fn text_that_is_not_utf_8_harms_nothing_beside_it() {
    let wire = b"*5\r\n:1\r\n-ERR \xff no\r\n$2\r\n\xff\xfe\r\n+a\xff\r\n*1\r\n-ERR \xfe\r\n:2\r\n";
    for piece in [1, 100] {
        let values = decode(wire, piece).unwrap();
        let [Value::Array(values), Value::Int(2)] = &values[..] else { panic!("{values:?}") };
        let [Value::Int(1), Value::ServerError(error), Value::BulkString(bytes), status, Value::Array(inner)] =
            &values[..]
        else {
            panic!("{values:?}")
        };
        assert_eq!((error.details(), &bytes[..]), (Some("? no"), &b"\xff\xfe"[..]));
        assert_eq!(*status, Value::SimpleString("a?".to_owned()));
        assert!(matches!(&inner[..], [Value::ServerError(_)]));
    }
}

#[test]
fn lists_in_lists_end_somewhere() {
    assert!(decode(&[b"*1\r\n".repeat(50), b":1\r\n".to_vec()].concat(), 7).is_ok());
    assert!(decode(&[b"*1\r\n".repeat(5_000), b":1\r\n".to_vec()].concat(), 7).is_err());
}

#[test]
fn a_line_that_does_not_end_is_looked_through_once() {
    let mut frame = Frame::default();
    let mut line = b"+".to_vec();
    for _ in 0..100 {
        line.extend_from_slice(b"text");
        assert!(matches!(frame.look(&line), Ok(ScanResult::Part)));
        // The last byte may be half of the end.
        assert_eq!(frame.searched, line.len() - 1);
    }
    line.extend_from_slice(b"\r\n");
    assert!(matches!(frame.look(&line), Ok(ScanResult::All { length }) if length == line.len()));
}
