//! An installation in a temporary folder.

use std::path::Path;
use std::sync::Arc;

use app::seams::{FixedClock, NoChannels, RandomIds, Seams};
use app::{App, Places, Settings, Stop, Summary};
use domain::{TenantId, Timestamp};
use llm::scripted::Scripted;
use tempfile::TempDir;

/// The present of all tests.
pub(crate) const NOW: &str = "2025-07-01T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn seams() -> Seams {
    Seams {
        clock: Arc::new(FixedClock(now())),
        ids: Arc::new(RandomIds),
        embedder: Some(Arc::new(Scripted::new(64))),
        channels: Arc::new(NoChannels),
    }
}

/// An installation that goes with its folder.
pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await.unwrap();
        let tenant = app.tenant("default").await.unwrap();
        Self { app, tenant, folder }
    }

    /// With the sample workspace read in.
    pub(crate) async fn with_sample() -> Self {
        let bench = Self::new().await;
        let (workspace, _) = app::sample::unpack(&bench.folder.path().join("sample")).unwrap();
        bench.read(&workspace).await.unwrap();
        bench
    }

    pub(crate) async fn read(&self, path: &Path) -> anyhow::Result<Summary> {
        self.app.read_files(self.tenant, path, false, Stop::default(), &|_| {}).await
    }

    /// Writes a file into the folder `inbox` and returns the folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
        let inbox = self.folder.path().join("inbox");
        std::fs::create_dir_all(&inbox).unwrap();
        std::fs::write(inbox.join(name), content).unwrap();
        inbox
    }
}

pub(crate) async fn open(folder: &Path) -> anyhow::Result<App> {
    let places = Places { data: folder.join("data"), config: None, cache: folder.join("cache") };
    App::build(places, Settings::default_settings()?, seams()).await
}
