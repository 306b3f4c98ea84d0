//! Reading files and folders in.

use std::path::Path;

use anyhow::Context as _;
use domain::TenantId;
use ingest::pipeline::Run;
use ingest::{Progress, Stop, Summary};

use crate::App;
use crate::connectors;

impl App {
    /// Reads a file or folder in; repeatable and resumable.
    ///
    /// # Errors
    /// Says what cannot be read or stored; what was read before stays.
    pub async fn read_files(
        &self,
        tenant: TenantId,
        path: &Path,
        allow_shrink: bool,
        stop: Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Summary> {
        let now = self.seams.clock.now();
        let source = connectors::files(self.settings.files, path, now)?;
        let run = Run { tenant, now, allow_shrink, stop };
        let summary = self.ingest.run(&run, &*source, progress).await;
        summary.with_context(|| {
            format!("reading `{}` into `{}` stopped", path.display(), self.places.data.display())
        })
    }
}
