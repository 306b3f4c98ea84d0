//! Why an ingest stopped.

/// Why an ingest stopped. What was stored before stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source failed.
    #[error("source `{source_name}` failed")]
    Source {
        /// What people call the source.
        source_name: String,
        /// Why.
        #[source]
        source: connector::Error,
    },
    /// The listing of the source has lost so much that nothing is deleted without being asked.
    #[error(
        "`{source_name}` lists {listed} of {stored} stored items; {missing} would be deleted, more than the {share_percent} % that may go without asking; check the source, then run again with `--allow-shrink`"
    )]
    Shrunk {
        /// What people call the source.
        source_name: String,
        /// How many of the stored items are still listed.
        listed: usize,
        /// How many are stored.
        stored: usize,
        /// How many would go.
        missing: usize,
        /// The configured share.
        share_percent: u32,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] store::Error),
    /// The index failed.
    #[error("the index failed")]
    Index(#[from] index::Error),
    /// The embedding model failed.
    #[error("the embedding model failed")]
    Model(#[from] llm::Error),
    /// The run was asked to stop; everything reported so far is safe.
    #[error("interrupted; run the same command again to go on")]
    Interrupted,
}
