//! Packs the sample workspace, so that the binary carries it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn main() -> io::Result<()> {
    let sample = Path::new("sample");
    println!("cargo::rerun-if-changed=sample");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("sample.tar.gz");
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(fs::File::create(out)?, flate2::Compression::best()));
    archive.mode(tar::HeaderMode::Deterministic);
    for part in ["articles", "conversations.jsonl", "questions.json", "recordings"] {
        let path = sample.join(part);
        if path.is_dir() {
            archive.append_dir_all(part, path)?;
        } else {
            archive.append_path_with_name(path, part)?;
        }
    }
    archive.into_inner()?.finish()?;
    Ok(())
}
