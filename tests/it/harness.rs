//! An installation in a temporary folder.

use std::path::Path;
use std::sync::Arc;

use app::seams::{FixedClock, NoChannels, RandomIds, Seams};
use app::{App, Places, Settings, Stop, Summary};
use domain::{TenantId, Timestamp};
use identity::{Purpose, Reader, Scope};
use llm::scripted::Scripted;
use tempfile::TempDir;

/// The present of all tests.
pub(crate) const NOW: &str = "2025-07-01T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn seams(now: Timestamp) -> Seams {
    Seams {
        clock: Arc::new(FixedClock(now)),
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

    /// With other settings than the default.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places =
            Places { data: folder.path().join("data"), config: None, cache: folder.path().join("cache") };
        let mut settings = Settings::default_settings().unwrap();
        change(&mut settings);
        let app = App::build(places, settings, seams(now())).await.unwrap();
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

    /// Returns the texts of all chunks that have one, sorted, each once.
    pub(crate) async fn bodies(&self) -> Vec<String> {
        let states = self.app.store.chunk_states(self.tenant, None, u32::MAX).await.unwrap();
        let ids: Vec<_> = states.iter().map(|state| state.id).collect();
        let chunks = self.app.store.load_chunks_unscoped_for_maintenance(self.tenant, &ids).await.unwrap();
        let mut bodies: Vec<String> = chunks.into_iter().map(|chunk| chunk.body).collect();
        bodies.retain(|body| !body.is_empty());
        bodies.sort();
        bodies.dedup();
        bodies
    }

    /// Returns the scope of somebody unknown.
    pub(crate) fn public_scope(&self) -> Scope {
        Scope::live(self.tenant, vec![Reader::anonymous()], Purpose::Auto, now()).unwrap()
    }

    /// Fails unless the index holds exactly what the store holds.
    pub(crate) async fn assert_index_is_whole(&self) {
        let comparison = self.app.compare_index(self.tenant).await.unwrap();
        assert!(comparison.waiting == 0 && comparison.differences.is_empty(), "{comparison:?}");
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
    open_at(folder, now()).await
}

/// Opens the installation in `folder` at another present.
pub(crate) async fn open_at(folder: &Path, now: Timestamp) -> anyhow::Result<App> {
    let places = Places { data: folder.join("data"), config: None, cache: folder.join("cache") };
    App::build(places, Settings::default_settings()?, seams(now)).await
}
