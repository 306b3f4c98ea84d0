use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::build::Python;
use super::{DEFAULT, Progress, Sources};
use crate::Error;
use crate::local::{CHECK, MANIFEST, hex, sha256};

/// The commit of the hub repository that carries these files.
const REVISION: &str = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41";
const REPOSITORY: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// A published file and its SHA-256. The hub and the Python package carry the same bytes.
pub(super) struct Published {
    pub(super) name: &'static str,
    pub(super) sha256: &'static str,
}

pub(super) const FILES: [Published; 2] = [
    Published {
        name: "model.safetensors",
        sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    },
    Published {
        name: "tokenizer.json",
        sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
];

/// How long the hub may be silent in the middle of a file.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Gets a finished model into a folder below `work` from the first source that answers.
pub(super) async fn fetch(
    sources: &Sources,
    work: &Path,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<PathBuf, Error> {
    let out = work.join("model");
    if let Some(folder) = &sources.folder {
        progress(Progress::Asking { source: format!("folder `{}`", folder.display()) });
        if folder.join(MANIFEST).exists() {
            copy(folder, &out)?;
        } else {
            check(folder)?;
            let python = Python::prepare(&sources.python, work, progress).await?;
            python.build(folder, &out, progress).await?;
        }
        return Ok(out);
    }

    let mut reasons = Vec::new();
    let mut failed = |source: String, why: String| {
        reasons.push(format!("- {source}: {why}"));
        progress(Progress::Failed { source, why });
    };
    let published = work.join("published");
    fs::create_dir_all(&published).map_err(Error::io(&published))?;
    let mut here = None;
    if let Some(hub) = &sources.hub {
        let source = format!("hub `{hub}`");
        progress(Progress::Asking { source: source.clone() });
        match download(hub, &FILES, sources.connect_timeout, &published, progress).await {
            Ok(()) => here = Some(published.clone()),
            Err(error) => failed(source, error.to_string()),
        }
    }
    if here.is_none() && !sources.package {
        return Err(Error::NoSource { model: DEFAULT.to_owned(), reasons });
    }
    let python = Python::prepare(&sources.python, work, progress).await?;
    if here.is_none() {
        let source = "Python package".to_owned();
        progress(Progress::Asking { source: source.clone() });
        let package = match python.package().await {
            Ok(folder) => check(&folder).map(|()| folder),
            Err(error) => Err(error),
        };
        match package {
            Ok(folder) => here = Some(folder),
            Err(error) => failed(source, error.to_string()),
        }
    }
    let Some(here) = here else {
        return Err(Error::NoSource { model: DEFAULT.to_owned(), reasons });
    };
    python.build(&here, &out, progress).await?;
    Ok(out)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::io(to))?;
    for name in [MANIFEST, "model.onnx", "tokenizer.json"] {
        let file = from.join(name);
        fs::copy(&file, to.join(name)).map_err(Error::io(&file))?;
    }
    let check = from.join(CHECK);
    if check.exists() {
        fs::copy(&check, to.join(CHECK)).map_err(Error::io(&check))?;
    }
    Ok(())
}

/// Tells whether a folder holds the published files, unchanged.
fn check(folder: &Path) -> Result<(), Error> {
    for published in &FILES {
        let file = folder.join(published.name);
        let found = sha256(&file).map_err(Error::io(&file))?;
        if found != published.sha256 {
            return Err(other_file(file, &found, published));
        }
    }
    Ok(())
}

fn other_file(file: PathBuf, found: &str, published: &Published) -> Error {
    let why = format!("is not the published one (its SHA-256 is {found}, expected {})", published.sha256);
    Error::ModelBroken { file, why }
}

pub(super) async fn download(
    hub: &str,
    files: &[Published],
    connect_timeout: Duration,
    to: &Path,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), Error> {
    let client = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|error| unreachable_at(hub, &error))?;
    for published in files {
        let url = format!("{}/{REPOSITORY}/resolve/{REVISION}/{}", hub.trim_end_matches('/'), published.name);
        let mut response = client
            .get(&url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| unreachable_at(&url, &error))?;
        let total = response.content_length();
        let path = to.join(published.name);
        let mut file = File::create(&path).map_err(Error::io(&path))?;
        let (mut hash, mut done) = (Sha256::new(), 0);
        while let Some(part) = response.chunk().await.map_err(|error| unreachable_at(&url, &error))? {
            file.write_all(&part).map_err(Error::io(&path))?;
            hash.update(&part);
            done += part.len() as u64;
            progress(Progress::Downloading { file: published.name.to_owned(), done, total });
        }
        let found = hex(&hash.finalize());
        if found != published.sha256 {
            return Err(other_file(path, &found, published));
        }
    }
    Ok(())
}

fn unreachable_at(url: &str, error: &reqwest::Error) -> Error {
    Error::Unreachable { url: url.to_owned(), why: crate::openai::causes(error) }
}
