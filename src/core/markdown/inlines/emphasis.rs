//! Pairs delimiter runs (`*`, `_`, `~~`) into emphasis.

use super::flanking::Flanking;

/// The kind of emphasis a delimiter pair makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmphasisKind {
    Emphasis,
    Strong,
    Strike,
}

impl EmphasisKind {
    /// The number of delimiter characters it takes on each side.
    pub(crate) fn length(self) -> usize {
        if self == Self::Emphasis { 1 } else { 2 }
    }
}

/// A delimiter run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) mark: u8,
    /// Its position in the text.
    pub(crate) at: usize,
    length: usize,
    flanking: Flanking,
    /// The kinds it closes, innermost first. They use the characters at its start.
    pub(crate) closes: Vec<EmphasisKind>,
    /// The kinds it opens, innermost first. They use the characters at its end.
    pub(crate) opens: Vec<EmphasisKind>,
    left: usize,
}

impl Run {
    pub(crate) fn new(mark: u8, at: usize, length: usize, flanking: Flanking) -> Self {
        Self { mark, at, length, flanking, closes: Vec::new(), opens: Vec::new(), left: length }
    }

    /// The number of its characters that are plain text.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Whether this run can open what `closer` closes.
    fn matches(&self, closer: &Self) -> bool {
        if self.mark != closer.mark {
            return false;
        }
        let both = self.flanking.closes || closer.flanking.opens;
        let thirds = self.length.is_multiple_of(3) && closer.length.is_multiple_of(3);
        !both || self.mark == b'~' || thirds || !(self.length + closer.length).is_multiple_of(3)
    }

    /// Returns the index in `none_below` for closers like this one.
    fn key(&self) -> usize {
        let mark = match self.mark {
            b'*' => 0,
            b'_' => 1,
            _ => 2,
        };
        (mark * 2 + usize::from(self.flanking.opens)) * 3 + self.length % 3
    }
}

/// Pairs the runs with these indices by CommonMark's rules, in linear time.
pub(crate) fn pair(runs: &mut [Run], indices: &[usize]) {
    // Unclosed openers; and for each kind of closer, how many of the first openers are known not to match it.
    let mut open: Vec<usize> = Vec::new();
    let mut none_below = [0; 18];
    for &index in indices {
        while let Some(closer) = runs.get(index).filter(|run| run.flanking.closes && run.left > 0) {
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
            let kind = match closer.mark {
                b'~' => EmphasisKind::Strike,
                _ if opener.left > 1 && closer.left > 1 => EmphasisKind::Strong,
                _ => EmphasisKind::Emphasis,
            };
            opener.opens.push(kind);
            opener.left -= kind.length();
            closer.closes.push(kind);
            closer.left -= kind.length();
            open.truncate(if opener.left > 0 { found + 1 } else { found });
            for below in &mut none_below {
                *below = (*below).min(open.len());
            }
        }
        if runs.get(index).is_some_and(|run| run.flanking.opens && run.left > 0) {
            open.push(index);
        }
    }
}
