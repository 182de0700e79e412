use proptest::prelude::*;

use super::*;

fn pack(words: &[(&str, u16)]) -> Vec<u8> {
    let tokens: Vec<_> = words.iter().map(|&(word, level)| Token { bytes: word.as_bytes(), level }).collect();
    write(Vocabulary::Llama3, &tokens).unwrap()
}

fn small() -> Vec<u8> {
    pack(&[("a", 0), ("ab", 1), ("abc", 2), ("b", 0), ("bc", 300), ("c", 0)])
}

/// Returns a pack with a corrected checksum after a change.
fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&pack[8..20], &pack[HEADER..]);
    pack[20..24].copy_from_slice(&sum.to_le_bytes());
    pack
}

#[test]
fn what_is_written_is_read_again() {
    let read = read(&small()).unwrap();
    assert_eq!(read.bytes, b"aababcbbcc");
    assert_eq!(read.ends, [1, 3, 6, 7, 9, 10]);
    assert_eq!(read.levels, [0, 1, 2, 0, 300, 0]);
}

#[test]
fn a_vocabulary_and_many_levels_are_kept() {
    for vocabulary in VOCABULARIES {
        let words: Vec<Vec<u8>> = (0..2000u16).map(|number| number.to_be_bytes().to_vec()).collect();
        // Enough different levels to need both bytes above 255, and the one for entire pieces.
        let level = |number: usize| if number == 7 { WHOLE_PIECE } else { u16::try_from(number * 7 % 1300).unwrap() };
        let tokens: Vec<_> =
            words.iter().enumerate().map(|(number, bytes)| Token { bytes, level: level(number) }).collect();
        let read = read(&write(vocabulary, &tokens).unwrap()).unwrap();
        assert_eq!(read.vocabulary, vocabulary);
        assert_eq!(read.bytes, words.concat());
        assert!(read.levels.iter().copied().eq((0..2000).map(level)));
    }
    assert_eq!(write(Vocabulary::Unknown, &[]), Err(PackError::Vocabulary(255)));
}

#[test]
fn tokens_longer_than_a_number_of_one_byte_are_kept() {
    let words: Vec<Vec<u8>> = [1, 2, 254, 255, 256, 400, 700, LONGEST_TOKEN].map(|length| vec![b' '; length]).into();
    let words: Vec<Vec<u8>> = words.into_iter().chain([vec![b'='; 300], vec![b'>'; 2]]).collect();
    let tokens: Vec<_> = words.iter().zip(0..).map(|(bytes, level)| Token { bytes, level }).collect();
    let read = read(&write(Vocabulary::Glm4, &tokens).unwrap()).unwrap();
    assert_eq!(read.bytes, words.concat());
    assert!(read.levels.iter().copied().eq(0..10));
}

#[test]
fn each_fault_is_named() {
    let with = |at: usize, byte: u8| {
        let mut pack = small();
        pack[at] = byte;
        pack
    };
    // The six suffixes are of one byte each: the columns begin at 0, 6, 12, 18 (four levels of two bytes) and 26.
    assert_eq!(small().len(), HEADER + 32);
    let mut unused = with(16, 7);
    unused.insert(HEADER + 6, b'd');
    let cases = [
        (Vec::new(), PackError::Truncated),
        (b"PK\x03\x04".to_vec(), PackError::Magic),
        (with(0, b'H'), PackError::Magic),
        (with(7, 1), PackError::Version(1)),
        (with(8, 6), PackError::Vocabulary(6)),
        (with(14, 255), PackError::TooManyTokens(0x00ff_0006)),
        (small()[..HEADER + 3].to_vec(), PackError::Truncated),
        ([small(), vec![0]].concat(), PackError::TooLong),
        (with(HEADER + 2, b'z'), PackError::Checksum),
        (with(8, 2), PackError::Checksum),
        // Shared bytes that the previous token does not have.
        (sealed(with(HEADER + 9, 4)), PackError::Token(3)),
        // A token without bytes.
        (sealed(with(HEADER + 12, 0)), PackError::Token(0)),
        (sealed(with(HEADER + 5, b'b')), PackError::Unsorted(5)),
        (sealed(with(HEADER + 12, 2)), PackError::Truncated),
        (sealed(with(HEADER + 17, 2)), PackError::Truncated),
        (sealed(unused), PackError::Suffixes),
        (sealed(with(HEADER + 26, 4)), PackError::Level(0)),
        (sealed([small(), vec![255, 255]].concat()), PackError::TooLong),
        (sealed([with(HEADER + 31, 255), vec![255, 255]].concat()), PackError::Level(2)),
    ];
    for (number, (pack, why)) in cases.into_iter().enumerate() {
        assert_eq!(read(&pack).err(), Some(why), "case {number}");
    }
}

#[test]
fn tokens_that_no_pack_can_hold_are_refused() {
    let long = [b'x'; LONGEST_TOKEN + 1];
    for (tokens, why) in [
        (&[(&b"b"[..], 0), (b"a", 0)][..], PackError::Unsorted(1)),
        (&[(b"a", 0), (b"a", 0)], PackError::Token(1)),
        (&[(b"", 0)], PackError::Token(0)),
        (&[(&long, 0)], PackError::Token(0)),
        (&[(b"a", u16::MAX)], PackError::Level(0)),
    ] {
        let tokens: Vec<_> = tokens.iter().map(|&(bytes, level)| Token { bytes, level }).collect();
        assert_eq!(write(Vocabulary::Llama3, &tokens), Err(why));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_reading_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        at in 0usize..50, byte: u8, cut in 0usize..50,
    ) {
        read(&bytes).ok();
        read(&sealed([&small()[..HEADER], &bytes].concat())).ok();
        let mut damaged = small();
        damaged[at] = byte;
        if let Ok(unpacked) = read(&sealed(damaged.clone())) {
            prop_assert_eq!(unpacked.ends.len(), unpacked.levels.len());
        }
        prop_assert!(read(&damaged[..cut]).is_err());
    }
}
