//! The house rules that no compiler checks. `cargo test` runs them on every file that git tracks or would add.
//!
//! Each rule is a function from the sources to complaints, so the rules themselves are tested on small made-up files.
#![cfg(test)]

mod layers;
mod public;
mod rooms;
mod rules;
mod selectors;

use std::{path::Path, process::Command};

/// A source file: its name relative to the root of the project, and its content.
#[derive(Clone, Debug)]
struct Source {
    /// Uses `/` between folders.
    name: String,
    /// Empty for files that are not text.
    text: String,
}

impl Source {
    fn rust(&self) -> bool {
        self.name.ends_with(".rs")
    }
}

/// All files of the project: those git tracks and those it would track.
#[must_use]
fn sources(root: &Path) -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .expect("git lists the files of the project");
    assert!(listed.status.success(), "git ls-files failed in {}", root.display());
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|name| root.join(name).is_file())
        .map(|name| Source {
            name: name.to_owned(),
            text: std::fs::read_to_string(root.join(name)).unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Vec<Source> {
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")))
    }

    fn assert_none(complaints: &[String]) {
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }

    #[test]
    fn the_project_keeps_its_rules() {
        let project = project();
        assert!(project.iter().any(|source| source.name == "src/main.rs"), "the project was found");
        assert_none(&rules::all(&project));
    }

    #[test]
    fn tests_look_for_what_the_page_has() {
        assert_none(&selectors::complaints(&project()));
    }

    #[test]
    fn what_is_public_is_used() {
        assert_none(&public::complaints(&project()));
    }

    #[test]
    fn the_project_keeps_its_layers() {
        assert_none(&layers::complaints(&project()));
        assert_none(&rooms::complaints(&project()));
    }
}
