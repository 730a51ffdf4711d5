//! Secrets: where they are written. They are never in the configuration itself.

use std::path::PathBuf;

/// Where a secret is written. It is never in the configuration itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In an environment variable.
    Variable(String),
    /// In a file, without the white space around it.
    File(PathBuf),
}

/// A secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is missing or not UTF-8.
    #[error("could not read the environment variable {name}, which the configuration names")]
    Variable {
        /// Its name.
        name: String,
        /// Cause.
        #[source]
        source: std::env::VarError,
    },
    /// The file cannot be read.
    #[error("could not read the file {path}, which the configuration names")]
    File {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// Nothing is written there.
    #[error("{0} is empty")]
    Empty(String),
}

impl Secret {
    /// Reads the secret.
    pub fn read(&self) -> Result<String, SecretError> {
        let text = match self {
            Self::Variable(name) => std::env::var(name)
                .map_err(|source| SecretError::Variable { name: name.clone(), source })?,
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|source| SecretError::File { path: path.clone(), source })?,
        };
        match text.trim() {
            "" => Err(SecretError::Empty(match self {
                Self::Variable(name) => format!("the environment variable {name}"),
                Self::File(path) => format!("the file {}", path.display()),
            })),
            secret => Ok(secret.to_owned()),
        }
    }
}

/// A secret that is in exactly one place.
pub(super) fn secret(
    section: &str,
    key: &str,
    variable: Option<String>,
    file: Option<PathBuf>,
    errors: &mut Vec<String>,
) -> Option<Secret> {
    match (variable, file) {
        (Some(name), None) => Some(Secret::Variable(name)),
        (None, Some(path)) => Some(Secret::File(path)),
        _ => {
            errors.push(format!("{section} must have either {key}_env or {key}_file"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_a_file_without_white_space() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        std::fs::write(&path, "postgresql://reader@db/orders\n").unwrap();
        let secret = Secret::File(path.clone());
        assert_eq!(secret.read().unwrap(), "postgresql://reader@db/orders");
        std::fs::write(&path, " \n").unwrap();
        assert!(secret.read().unwrap_err().to_string().ends_with("is empty"));
        let missing = Secret::Variable("FOODMAP_NO_SUCH_VARIABLE".into());
        assert!(missing.read().unwrap_err().to_string().contains("FOODMAP_NO_SUCH_VARIABLE"));
    }
}
