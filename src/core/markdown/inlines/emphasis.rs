//! Runs of `*`, `_` and `~~`: which of them open and close emphasis together.

use super::flanks::Flanks;

/// What a run opens or closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stress {
    Emphasis,
    Strong,
    Strike,
}

impl Stress {
    /// How many characters of a run it takes.
    pub(crate) fn length(self) -> usize {
        if self == Self::Emphasis { 1 } else { 2 }
    }
}

/// A run of one character.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) mark: u8,
    /// Where it stands in the text.
    pub(crate) at: usize,
    length: usize,
    flanks: Flanks,
    /// What it closes, the innermost first: the characters at its beginning.
    pub(crate) closes: Vec<Stress>,
    /// What it opens, the innermost first: the characters at its end.
    pub(crate) opens: Vec<Stress>,
    left: usize,
}

impl Run {
    pub(crate) fn new(mark: u8, at: usize, length: usize, flanks: Flanks) -> Self {
        Self { mark, at, length, flanks, closes: Vec::new(), opens: Vec::new(), left: length }
    }

    /// How many of its characters are only characters.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Whether this run, as the opener, and the other one belong together.
    fn matches(&self, closer: &Self) -> bool {
        if self.mark != closer.mark {
            return false;
        }
        let both = self.flanks.closes || closer.flanks.opens;
        let thirds = self.length.is_multiple_of(3) && closer.length.is_multiple_of(3);
        !both || self.mark == b'~' || thirds || !(self.length + closer.length).is_multiple_of(3)
    }

    /// Where in `none_above` it is kept how far openers for a closer like this were searched in vain.
    fn key(&self) -> usize {
        let mark = match self.mark {
            b'*' => 0,
            b'_' => 1,
            _ => 2,
        };
        (mark * 2 + usize::from(self.flanks.opens)) * 3 + self.length % 3
    }
}

/// Finds out what the runs with these indices open and close, as CommonMark says. Takes linear time.
pub(crate) fn pair(runs: &mut [Run], indices: &[usize]) {
    // Openers that are still open, and for each kind of closer how many of the first of them are none for it.
    let mut open: Vec<usize> = Vec::new();
    let mut none_below = [0; 18];
    for &index in indices {
        while let Some(closer) = runs.get(index).filter(|run| run.flanks.closes && run.left > 0) {
            let key = closer.key();
            let bottom = none_below.get(key).copied().unwrap_or_default();
            let above = open.get(bottom..).unwrap_or_default();
            let found = above.iter().rposition(|opener| runs.get(*opener).is_some_and(|opener| opener.matches(closer)));
            let Some(found) = found.map(|found| bottom + found) else {
                if let Some(below) = none_below.get_mut(key) {
                    *below = open.len();
                }
                break;
            };
            let opener = open.get(found).copied().unwrap_or_default();
            let Ok([opener, closer]) = runs.get_disjoint_mut([opener, index]) else { break };
            let stress = match closer.mark {
                b'~' => Stress::Strike,
                _ if opener.left > 1 && closer.left > 1 => Stress::Strong,
                _ => Stress::Emphasis,
            };
            opener.opens.push(stress);
            opener.left -= stress.length();
            closer.closes.push(stress);
            closer.left -= stress.length();
            open.truncate(if opener.left > 0 { found + 1 } else { found });
            for below in &mut none_below {
                *below = (*below).min(open.len());
            }
        }
        if runs.get(index).is_some_and(|run| run.flanks.opens && run.left > 0) {
            open.push(index);
        }
    }
}
