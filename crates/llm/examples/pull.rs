//! Makes the default model present in a cache folder: `cargo run -p llm --example pull -- CACHE [FOLDER]`.
#![expect(clippy::print_stderr, reason = "an example talks to a person")]

use std::path::PathBuf;

use llm::models::{self, Sources};

#[tokio::main]
async fn main() -> Result<(), llm::Error> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let cache = arguments.next().unwrap_or_else(|| PathBuf::from("target/test-models"));
    let sources = arguments.next().map_or_else(Sources::public, Sources::folder);
    let path = models::pull(&cache, &sources, &|progress| eprintln!("{progress:?}")).await?;
    eprintln!("{}", path.display());
    Ok(())
}
