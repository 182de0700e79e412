//! The corpus: texts written for this project, one file for each script or kind of text, cut into slices of a few
//! hundred characters.
//!
//! Slices alternate: the first is for fitting, the second is held out, and so on, so that both parts cover every topic.

use std::{fs, io, ops::Range, path::Path};

/// One text of the corpus.
#[derive(Clone, Debug)]
pub struct Text {
    /// The file's name without its extension.
    pub name: String,
    /// The complete text.
    pub text: String,
}

/// A slice ends at the first line end after this many characters.
const SLICE: usize = 350;

impl Text {
    /// Returns the byte ranges of its slices.
    #[must_use]
    pub fn slices(&self) -> Vec<Range<usize>> {
        let mut slices = Vec::new();
        let mut start = 0;
        let mut characters = 0;
        for (at, c) in self.text.char_indices() {
            characters += 1;
            if c == '\n' && characters > SLICE {
                slices.push(start..at + 1);
                start = at + 1;
                characters = 0;
            }
        }
        if start < self.text.len() {
            slices.push(start..self.text.len());
        }
        slices
    }

    /// Returns the slices for fitting.
    pub fn fit(&self) -> impl Iterator<Item = &str> {
        self.slices().into_iter().step_by(2).filter_map(|slice| self.text.get(slice))
    }
}

/// Reads the corpus in `folder`, in the order of the names.
///
/// # Errors
/// If the folder or a file in it cannot be read.
pub fn read(folder: &Path) -> io::Result<Vec<Text>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path)?;
            texts.push(Text { name, text });
        }
    }
    texts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_end_at_line_ends_and_put_together_are_the_text() {
        let text = Text { name: "x".into(), text: format!("{}\nénd\n", "word ".repeat(100)).repeat(5) };
        let slices = text.slices();
        let joined: String = slices.iter().map(|slice| &text.text[slice.clone()]).collect();
        assert_eq!(joined, text.text);
        assert!(slices.len() > 4 && slices.iter().all(|slice| text.text[slice.clone()].ends_with('\n')));
    }
}
