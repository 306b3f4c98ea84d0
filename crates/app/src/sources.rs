//! Sources of knowledge that the configuration names: reading them, and why a document has its audience.

use anyhow::Context as _;
use connector::Explanation;
use ingest::pipeline::Run;
use ingest::{Progress, Stop, Summary};

use crate::App;
use crate::connectors::outside::Config;

impl App {
    fn source_config(&self, name: &str) -> anyhow::Result<&Config> {
        let all = &self.settings.sources;
        all.get(name).with_context(|| {
            let known: Vec<&str> = all.keys().map(String::as_str).collect();
            if known.is_empty() {
                format!("no source `{name}` is configured; add `[sources.{name}]` to the configuration")
            } else {
                format!("no source `{name}` is configured; known are {}", known.join(", "))
            }
        })
    }

    /// Reads a configured source in; repeatable and resumable.
    ///
    /// # Errors
    /// Says what cannot be read or stored; what was read before stays.
    pub async fn read_source(
        &self,
        name: &str,
        allow_shrink: bool,
        stop: Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Summary> {
        let (config, now) = (self.source_config(name)?, self.seams.clock.now());
        let source = config.source(now).with_context(|| format!("the source `{name}` cannot be used"))?;
        let tenant = self.tenant(&config.tenant).await?;
        let run = Run { tenant, now, allow_shrink, stop };
        let summary = self.ingest.run(&run, &*source, progress).await;
        summary.with_context(|| format!("reading the source `{name}` stopped"))
    }

    /// Reads all configured sources anew. One that cannot be read is reported and read again next time.
    pub async fn read_sources(&self, stop: &Stop) {
        for name in self.settings.sources.keys() {
            if stop.is_asked() {
                return;
            }
            match self.read_source(name, false, stop.clone(), &|_| {}).await {
                Ok(summary) => {
                    tracing::info!(source.name = %name, items = summary.items, "a source was read anew");
                }
                Err(_) if stop.is_asked() => {}
                Err(error) => tracing::warn!(source.name = %name, "a source cannot be read: {error:#}"),
            }
        }
    }

    /// Says who may see a document, by its address or id, and which rule decided that, for each configured source
    /// that reads it.
    ///
    /// # Errors
    /// Says which source cannot be asked.
    pub async fn explain(&self, place: &str) -> anyhow::Result<Vec<(String, Explanation)>> {
        anyhow::ensure!(
            !self.settings.sources.is_empty(),
            "no source is configured; add `[sources.NAME]` to the configuration"
        );
        let mut explained = Vec::new();
        for (name, config) in &self.settings.sources {
            let unusable = || format!("the source `{name}` cannot be asked");
            let source = config.source(self.seams.clock.now()).with_context(unusable)?;
            let found = source.explain(place).await.with_context(unusable)?;
            explained.extend(found.map(|found| (name.clone(), found)));
        }
        Ok(explained)
    }
}
