//! What goes to standard output and standard error.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

/// Where answers go, and in what form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints a value as JSON, or the text made of it.
    pub(crate) fn result<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, value)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", text(value).trim_end())?;
        }
        Ok(())
    }

    /// Prints values as JSON Lines, or the text made of them.
    pub(crate) fn lines<T: Serialize>(
        self,
        values: &[T],
        text: impl FnOnce(&[T]) -> String,
    ) -> anyhow::Result<()> {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        if self.json {
            for value in values {
                serde_json::to_writer(&mut out, value)?;
                writeln!(out)?;
            }
        } else {
            writeln!(out, "{}", text(values).trim_end())?;
        }
        out.flush()?;
        Ok(())
    }

    /// Says something by the way; in JSON mode on standard error.
    pub(crate) fn say(self, line: &str) {
        let _ = if self.json {
            writeln!(std::io::stderr(), "{line}")
        } else {
            writeln!(std::io::stdout(), "{line}")
        };
    }

    /// Says why a command failed.
    pub(crate) fn fail(self, error: &anyhow::Error) -> ExitCode {
        let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
        let message = chain.join(": ");
        let _ = if self.json {
            writeln!(std::io::stdout(), "{}", serde_json::json!({ "error": message }))
        } else {
            writeln!(std::io::stderr(), "error: {message}")
        };
        ExitCode::FAILURE
    }

    /// Reports whether somebody is watching.
    pub(crate) fn is_watched(self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }
}
