//! The folder of the site. All names are relative to it, with `/` between folders.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Problem;

/// A built site on disk.
pub(crate) struct Site {
    root: PathBuf,
}

impl Site {
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.root.join(name).is_file()
    }

    pub(crate) fn read(&self, name: &str) -> Result<String, Problem> {
        fs::read_to_string(self.root.join(name)).map_err(at(name))
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, Problem> {
        fs::read(self.root.join(name)).map_err(at(name))
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> Result<(), Problem> {
        self.write_bytes(name, content.as_bytes())
    }

    pub(crate) fn write_bytes(&self, name: &str, content: &[u8]) -> Result<(), Problem> {
        fs::write(self.root.join(name), content).map_err(at(name))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Problem> {
        fs::rename(self.root.join(from), self.root.join(to)).map_err(at(from))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), Problem> {
        fs::remove_file(self.root.join(name)).map_err(at(name))
    }

    /// Moves the contents of `folder` to the root and removes the folder. A file that already exists is an error.
    pub(crate) fn lift(&self, folder: &str) -> Result<(), Problem> {
        let from = self.root.join(folder);
        if !from.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(&from).map_err(at(folder))? {
            let name = entry.map_err(at(folder))?.file_name();
            let to = self.root.join(&name);
            if to.exists() {
                return Err(Problem::Unexpected(format!("{} is in {folder}/ and at the root", name.display())));
            }
            fs::rename(from.join(&name), to).map_err(at(folder))?;
        }
        fs::remove_dir(&from).map_err(at(folder))
    }

    /// The names of all files, sorted, so that anything derived from them is the same every time.
    pub(crate) fn files(&self) -> Result<Vec<String>, Problem> {
        let mut names = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.root.join(&folder)).map_err(at(&folder))? {
                let entry = entry.map_err(at(&folder))?;
                let name = format!("{folder}{}", entry.file_name().display());
                if entry.file_type().map_err(at(&name))?.is_dir() {
                    folders.push(format!("{name}/"));
                } else {
                    names.push(name);
                }
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Names the file an error is about.
fn at(name: &str) -> impl FnOnce(io::Error) -> Problem {
    let name = name.to_owned();
    move |cause| Problem::File { name, cause }
}
