//! Measures the review on the planted set: precision and recall of the pairs, end to end, with a scripted embedder or a
//! model in `~/.cache/backstory` (`backstory models pull`).
//!
//! ```text
//! cargo run -p app --example review_measure -- [scripted|local] [--show]
//! ```
#![expect(clippy::print_stdout, reason = "a measurement prints")]

#[path = "../tests/review/planted.rs"]
mod planted;

use std::sync::Arc;

use app::llm::scripted::Scripted;
use app::seams::Seams;
use app::{App, Places, Settings};
use planted::Half;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let is_local = args.iter().any(|arg| arg == "local");
    for half in [Half::Tuning, Half::TuningMore, Half::HeldOut] {
        let folder = tempfile::tempdir()?;
        let places = Places::resolve(&folder.path().join("data"), None, None)?;
        let mut seams = Seams::real();
        if !is_local {
            seams.embedder = Some(Arc::new(Scripted::new(256)));
        }
        let app = App::build(places, Settings::default_settings()?, seams).await?;
        let tenant = app.tenant("default").await?;
        let score = planted::measure(&app, tenant, half, &folder.path().join("planted")).await?;
        println!(
            "{}: {} pairs, {} other passages: precision {:.3}, recall {:.3} ({} right, {} wrong, {} missed)",
            half.name(),
            score.pairs,
            score.others,
            score.precision(),
            score.recall(),
            score.right,
            score.wrong.len(),
            score.missed.len()
        );
        if args.iter().any(|arg| arg == "--show") {
            score.wrong.iter().for_each(|(one, other)| println!("  wrong: {one} | {other}"));
            score.missed.iter().for_each(|(kind, title)| println!("  missed: {kind}: {title}"));
        }
    }
    Ok(())
}
