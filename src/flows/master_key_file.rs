//! Owns the master key's file and the modes of what lies beside it (contract §14, security §4.1).

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::first_start::StartError;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random;

/// Where the master key is kept.
pub(super) struct KeyFile(PathBuf);

impl KeyFile {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The key, if the file exists. Refused when others than its owner may read it.
    pub(super) fn read(&self) -> Result<Option<MasterKey>, StartError> {
        let shown = self.0.display();
        let text = match fs::read_to_string(&self.0).map(Zeroizing::new) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(StartError::Refused(format!(
                    "{shown} is no text, and so no master key file: copy it from another node or from the backup"
                )));
            }
            Err(error) => return Err(failed(format!("cannot read the master key file {shown}"), error)),
        };
        let mode = fs::metadata(&self.0)
            .map_err(|error| failed(format!("cannot look at {shown}"), error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(StartError::Refused(format!(
                "others may read the master key: run `chmod 600 {shown}`, and consider whether somebody did"
            )));
        }
        MasterKey::from_text(&text).map(Some).map_err(|error| {
            StartError::Refused(format!("{shown}: {error}; copy it from another node or from the backup"))
        })
    }

    /// Makes a key. If another process made the file in between, that one's key is returned; `true` if ours.
    ///
    /// The file appears whole and durable or not at all: a database sealed under a key that a power cut took
    /// would be lost.
    pub(super) fn create(&self) -> Result<(MasterKey, bool), StartError> {
        let key = MasterKey::generate();
        let linked = self.write(&key.to_text());
        match linked {
            Ok(()) => Ok((key, true)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match self.read()? {
                Some(theirs) => Ok((theirs, false)),
                None => Err(self.missing()),
            },
            Err(error) => {
                Err(failed(format!("cannot write the master key file {}", self.0.display()), error))
            }
        }
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let folder = match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let draft = folder.join(format!(".master-key-{}", random::base62(8)));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        let linked = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            // Unlike a rename, a link never replaces what is there.
            .and_then(|()| fs::hard_link(&draft, &self.0));
        fs::remove_file(&draft)?;
        linked?;
        File::open(folder)?.sync_all()
    }

    /// Takes back a key that was made just now and opens nothing.
    pub(super) fn remove(&self) -> Result<(), StartError> {
        fs::remove_file(&self.0).map_err(|error| failed(format!("cannot remove {}", self.0.display()), error))
    }

    /// The refusal when a sealed database meets no key.
    pub(super) fn missing(&self) -> StartError {
        StartError::Refused(format!(
            "this database is sealed under a master key that is not here: copy the master.key of another node, or of \
             the backup, to {}",
            self.0.display()
        ))
    }

    /// The refusal when a sealed database meets another key.
    pub(super) fn foreign(&self) -> StartError {
        StartError::Refused(format!(
            "this database was sealed under another master key; copy the right one, the master.key of another node \
             or of the backup, to {}",
            self.0.display()
        ))
    }
}

/// Makes the data folder, readable by its owner only; one that exists is left as it is.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| failed(format!("cannot make the data folder {}", folder.display()), error))
}

/// Makes an empty database file that its owner alone may read: SQLite gives its other files the same mode.
pub(super) fn prepare_database(file: &Path) -> Result<(), StartError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match fs::metadata(file) {
            Ok(known) if known.permissions().mode() & 0o007 != 0 => Err(StartError::Refused(format!(
                "anybody on this machine may read the database {0}: chmod 600 {0}",
                file.display()
            ))),
            _ => Ok(()),
        },
        Err(error) => Err(failed(format!("cannot make the database file {}", file.display()), error)),
    }
}

fn failed(doing: String, source: io::Error) -> StartError {
    StartError::Io { doing, source }
}
