//! What is asked of this program, by a person or by a runner of tests.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// Which proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Leak,
    Faults,
    Load,
    Sources,
    Chaos,
    Courtesy,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As a test among others.
    Small,
    /// For the figures.
    Full,
}

/// A proof to be run.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) which: Which,
    pub(crate) size: Size,
    /// Everything that looks like chance follows from it.
    pub(crate) seed: u64,
    /// The program that is put to the proof.
    pub(crate) binary: PathBuf,
}

/// What this program was called for.
#[derive(Debug)]
pub(crate) enum Request {
    /// The names of the tests, for a runner.
    List(Vec<&'static str>),
    Run(Vec<Order>),
}

impl Which {
    const ALL: [Self; 6] = [Self::Leak, Self::Faults, Self::Load, Self::Sources, Self::Chaos, Self::Courtesy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Leak => "leak",
            Self::Faults => "faults",
            Self::Load => "load",
            Self::Sources => "sources",
            Self::Chaos => "chaos",
            Self::Courtesy => "courtesy",
        }
    }
}

impl Order {
    /// Returns the longest that the proof may take.
    pub(crate) fn within(&self) -> Duration {
        Duration::from_secs(match (self.size, self.which) {
            (Size::Small, _) => 300,
            (Size::Full, _) => 3_600,
        })
    }

    /// Returns a count of the full proof, or the small one.
    pub(crate) fn count(&self, full: usize, small: usize) -> usize {
        if self.size == Size::Full { full } else { small }
    }
}

impl Request {
    /// Reads `full NAME [--seed N] [--binary PATH]`, or what runners of tests say.
    pub(crate) fn read(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let args: Vec<String> = args.collect();
        match args.first().map(String::as_str) {
            Some("full") => full(&args[1..]),
            _ => as_test(&args),
        }
    }
}

fn full(args: &[String]) -> anyhow::Result<Request> {
    let (name, options) = args.split_first().context("say which, such as: full leak")?;
    let which = Which::ALL.into_iter().find(|which| which.name() == name);
    let which = which.with_context(|| {
        format!("there is no proof `{name}`; known are {}", Which::ALL.map(Which::name).join(", "))
    })?;
    let mut order = Order { which, size: Size::Full, seed: 1, binary: beside_us()? };
    for pair in options.chunks(2) {
        match pair {
            [option, value] if option == "--seed" => {
                order.seed = value.parse().with_context(|| format!("`{value}` is no number"))?;
            }
            [option, value] if option == "--binary" => order.binary = PathBuf::from(value),
            _ => bail!("`{}` is not understood; known are --seed N and --binary PATH", pair.join(" ")),
        }
    }
    Ok(Request::Run(vec![order]))
}

fn as_test(args: &[String]) -> anyhow::Result<Request> {
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let mut named = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--test-threads" | "--format" | "--color" | "-Z" | "--skip" | "--logfile" => drop(rest.next()),
            flag if flag.starts_with('-') => {}
            name => named.push(name),
        }
    }
    let wanted = |which: &Which| {
        let is =
            |name: &&str| if has("--exact") { which.name() == *name } else { which.name().contains(*name) };
        // None of them is left out by default, so none is listed as such.
        !has("--ignored") && (named.is_empty() || named.iter().any(is))
    };
    let chosen = Which::ALL.into_iter().filter(wanted);
    if has("--list") {
        return Ok(Request::List(chosen.map(Which::name).collect()));
    }
    let binary = beside_us()?;
    let order = |which| Order { which, size: Size::Small, seed: 1, binary: binary.clone() };
    Ok(Request::Run(chosen.map(order).collect()))
}

/// Returns where cargo puts the program, from where it puts tests.
fn beside_us() -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe()?;
    let folder = us.parent().and_then(|deps| deps.parent()).context("a test lies in a folder of cargo's")?;
    Ok(folder.join("backstory").with_extension(std::env::consts::EXE_EXTENSION))
}
