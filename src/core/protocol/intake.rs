//! Decides how much of a body is read, and when it is passed on.
//!
//! A stream is passed on as it arrives, whatever its label says. A rejection, JSON or a page can only be read
//! complete, so it is passed on in one piece. Nothing is read beyond what is kept, so a body without an end, or a
//! small archive that unpacks to gigabytes, ends the request and nothing else.

use crate::body_kind::BodyKind;

/// Most bytes read of a rejection.
pub const MOST_OF_REFUSAL: usize = 256 << 10;
/// Most bytes read of a complete (non-streamed) response or a list.
pub const MOST_OF_WHOLE: usize = 8 << 20;

/// Reads one body, portion by portion.
///
/// ```
/// use headroom_protocol::{Intake, Portion};
///
/// let mut intake = Intake::of_answer(200);
/// assert_eq!(intake.take(b"data: x"), Portion::HandOn(b"data: x".to_vec()));
/// let mut intake = Intake::of_answer(500);
/// assert_eq!(intake.take(b"data: x"), Portion::Held);
/// assert_eq!(intake.finish(), b"data: x");
/// ```
#[derive(Clone, Debug)]
pub struct Intake {
    held: Vec<u8>,
    kind: Option<BodyKind>,
    most: usize,
}

/// What to do after a portion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portion {
    /// Pass these bytes on now.
    HandOn(Vec<u8>),
    /// Nothing: the portion is kept until the body ends. It still counts as a sign of life.
    Held,
    /// Stop reading: the limit is reached.
    Full,
}

impl Intake {
    /// Creates an intake for the response to a chat request, by its HTTP status.
    #[must_use]
    pub const fn of_answer(status: u16) -> Self {
        match status {
            200..300 => Self { held: Vec::new(), kind: None, most: MOST_OF_WHOLE },
            _ => Self { held: Vec::new(), kind: Some(BodyKind::Whole), most: MOST_OF_REFUSAL },
        }
    }

    /// Creates an intake for a model list or the like, by its HTTP status.
    #[must_use]
    pub fn of_list(status: u16) -> Self {
        Self { kind: Some(BodyKind::Whole), ..Self::of_answer(status) }
    }

    /// Takes the next bytes.
    pub fn take(&mut self, portion: &[u8]) -> Portion {
        if self.kind == Some(BodyKind::Events) {
            return Portion::HandOn(portion.to_vec());
        }
        // One byte beyond the limit shows that there is more.
        let room = (self.most + 1).saturating_sub(self.held.len()).min(portion.len());
        self.held.extend_from_slice(portion.get(..room).unwrap_or_default());
        self.kind = self.kind.or_else(|| BodyKind::of(&self.held));
        match self.kind {
            Some(BodyKind::Events) => {
                // Bytes that did not fit while the kind was undecided are still in `portion`.
                let mut all = std::mem::take(&mut self.held);
                all.extend_from_slice(portion.get(room..).unwrap_or_default());
                Portion::HandOn(all)
            }
            _ if self.held.len() > self.most => Portion::Full,
            _ => Portion::Held,
        }
    }

    /// Returns what was kept: the body, at most one byte longer than [`MOST_OF_REFUSAL`] or [`MOST_OF_WHOLE`].
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReaderLimits, StreamEnd, StreamReader};
    use proptest::prelude::*;

    /// Feeds a body in portions; returns what was passed on, in order, and whether it was cut.
    fn taken(mut intake: Intake, portions: &[&[u8]]) -> (Vec<Vec<u8>>, bool) {
        let mut handed_on = Vec::new();
        for portion in portions {
            match intake.take(portion) {
                Portion::HandOn(bytes) => handed_on.push(bytes),
                Portion::Held => {}
                Portion::Full => {
                    handed_on.push(intake.finish());
                    return (handed_on, true);
                }
            }
        }
        handed_on.push(intake.finish());
        (handed_on, false)
    }

    /// A stream that a server labeled `application/json` showed nothing until it ended.
    #[test]
    fn a_stream_is_handed_on_as_it_comes_and_json_when_it_is_whole() {
        let (stream, cut) = taken(Intake::of_answer(200), &[b"\n", b"data: a\n", b"\ndata: b"]);
        assert_eq!((stream, cut), (vec![b"\ndata: a\n".to_vec(), b"\ndata: b".to_vec(), vec![]], false));
        let (whole, cut) = taken(Intake::of_answer(200), &[b"{\"a\"", b":1}"]);
        assert_eq!((whole, cut), (vec![b"{\"a\":1}".to_vec()], false));
        let (refusal, _) = taken(Intake::of_answer(429), &[b"data: slow", b" down"]);
        assert_eq!(refusal, [b"data: slow down".to_vec()], "a refusal is no stream");
    }

    /// An endless error body was read forever, and one that unpacked to gigabytes crashed the page.
    #[test]
    fn a_body_without_an_end_is_cut() {
        let portion = vec![b'x'; 64 << 10];
        for (mut intake, most) in [
            (Intake::of_answer(500), MOST_OF_REFUSAL),
            (Intake::of_list(500), MOST_OF_REFUSAL),
            (Intake::of_list(200), MOST_OF_WHOLE),
        ] {
            let portions = (0..200).take_while(|_| intake.take(&portion) == Portion::Held).count();
            assert_eq!(portions, most / portion.len());
            assert_eq!(intake.finish().len(), most + 1);
        }
        let mut json = Intake::of_answer(200);
        assert_eq!(json.take(b"[\""), Portion::Held);
        let portions = (0..200).take_while(|_| json.take(&portion) == Portion::Held).count();
        assert!(portions < 200, "it is cut");
        let kept = json.finish();
        let mut reader = StreamReader::new(ReaderLimits::default());
        reader.push(&kept);
        assert!(reader.is_over(), "and the reader knows that it is not whole");
    }

    #[test]
    fn a_first_portion_that_is_larger_than_anything_loses_nothing_of_a_stream() {
        let mut portion = b"data: ".to_vec();
        portion.resize(MOST_OF_WHOLE + 100, b'x');
        assert_eq!(Intake::of_answer(200).take(&portion), Portion::HandOn(portion));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_added_however_a_body_is_cut(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(0usize..200, 0..6),
            status in prop_oneof![Just(200u16), Just(404)],
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
            cuts.push(body.len());
            cuts.sort_unstable();
            let mut start = 0;
            let portions: Vec<&[u8]> = cuts.iter().map(|end| { let part = &body[start..*end]; start = *end; part }).collect();
            let (handed_on, cut) = taken(Intake::of_answer(status), &portions);
            prop_assert_eq!((handed_on.concat(), cut), (body, false));
        }

        #[test]
        fn the_reader_takes_for_a_stream_what_is_handed_on_as_one(start in "[ \n]{0,3}(data: |: |[{\\[<]|x)") {
            let mut intake = Intake::of_answer(200);
            let at_once = matches!(intake.take(start.as_bytes()), Portion::HandOn(_));
            prop_assert_eq!(at_once, BodyKind::of(start.as_bytes()) == Some(BodyKind::Events));
            let mut reader = StreamReader::new(ReaderLimits::default());
            reader.push(start.as_bytes());
            let _ = reader.finish(StreamEnd::Closed);
        }
    }
}
