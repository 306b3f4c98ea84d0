//! The real program in a folder of its own: commands, serving, being killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{Books, Places, Settings};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long the program may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// An installation of the program.
pub(crate) struct Home {
    folder: TempDir,
    binary: PathBuf,
}

impl Home {
    pub(crate) fn new(binary: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(
            binary.is_file(),
            "there is no program `{}`; build it with `cargo build -p cli`, or name another with --binary",
            binary.display()
        );
        Ok(Self { folder: tempfile::tempdir()?, binary: binary.to_owned() })
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        std::fs::write(&path, text)?;
        Ok(path)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("backstory.toml")
    }

    fn places(&self) -> anyhow::Result<Places> {
        Places::resolve(
            &self.folder.path().join("data"),
            Some(&self.config()),
            Some(&self.folder.path().join("cache")),
        )
    }

    /// Opens the database beside the program.
    pub(crate) async fn books(&self) -> anyhow::Result<Books> {
        let places = self.places()?;
        let settings = Settings::load(&places)?;
        Books::open(places, settings).await
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(self.folder.path());
        command.args(["--data-dir", "data", "--config", "backstory.toml", "--cache-dir", "cache"]);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> anyhow::Result<()> {
        let output = tokio::time::timeout(PATIENCE, self.command(args).output()).await??;
        if !output.status.success() {
            bail!("`backstory {}` failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Starts serving and waits until it does.
    pub(crate) async fn serve(&self) -> anyhow::Result<Serving> {
        let log = File::options().create(true).append(true).open(self.folder.path().join("serve.log"))?;
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output is ours")?).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await??;
        if !first.as_deref().is_some_and(|line| line.starts_with("Listening on ")) {
            bail!("it does not serve: {:?}; {}", first, self.log_end()?);
        }
        Ok(Serving { child, lines })
    }

    /// Returns the last lines that serving logged.
    pub(crate) fn log_end(&self) -> anyhow::Result<String> {
        let log = std::fs::read_to_string(self.folder.path().join("serve.log"))?;
        let lines: Vec<&str> = log.lines().rev().take(8).collect();
        Ok(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

/// The program as it serves. It is killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    /// Kills it without a word of warning.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().context("it has ended by itself")?.to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await?;
        anyhow::ensure!(asked.success(), "it cannot be asked to stop");
        let ended = async {
            while self.lines.next_line().await?.is_some() {}
            self.child.wait().await
        };
        let status = tokio::time::timeout(PATIENCE, ended).await??;
        anyhow::ensure!(status.success(), "it ended with {status}");
        Ok(())
    }
}

/// Returns a port of this machine that nobody listens on.
pub(crate) async fn free_port() -> anyhow::Result<u16> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}
