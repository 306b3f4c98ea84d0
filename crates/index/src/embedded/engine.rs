//! The engine's own folder: settings, payload indexes, copying.
//!
//! Known of qdrant-edge 0.7.2, and relied on: a write is durable only after `flush`; the write-ahead log is
//! never replayed and never shortened; updates are numbered by the log, and an update whose number is not
//! above that of the point is silently skipped; `flush` panics when anything else writes.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;

use qdrant_edge::{
    CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeSparseVectorParams,
    EdgeVectorParams, FieldIndexOperations, HnswIndexConfig, IntegerIndexParams, KeywordIndexParams,
    Modifier, OperationError, PayloadFieldSchema, PayloadSchemaParams, PointId, PointInsertOperations,
    PointOperations, PointStructPersisted, Record, ScrollRequest, UpdateOperation, VectorStructPersisted,
    WalOptions, WithPayloadInterface, WithVector,
};
use uuid::Uuid;

use super::filter::path;
use super::shard::Common;
use crate::error::Error;
use crate::payload::{self, DENSE, Filtered, LEXICAL};

/// How many points one update of the engine changes at most: keeps a record of the log small.
pub(crate) const BATCH: usize = 256;

/// How many segments are kept before small ones are merged. Merging builds graphs anew, so there are some more
/// than the engine would choose, until [`join`] makes one of them.
const SEGMENTS: usize = 8;

/// How large the vectors of one segment are at most, by meaning or by words, in kilobytes: those of some 300,000 chunks.
/// While it is built, which takes minutes, writes to the tenant wait.
const LARGEST_KB: usize = 1024 * 1024;

/// Where the engine builds segments. It does not look there again when it is opened.
const UNFINISHED: &str = "temp_segments";

/// If the filter lets through fewer points than this, they are scored one by one instead of by the lists of the
/// words. The engine's own bound is higher, and slower for questions of many words.
const SCAN_UP_TO: usize = 200;

/// The same for vectors, per segment: below, they are looked at one by one instead of by the graph. The engine's own
/// bound is larger than what a filter usually leaves of a segment here, so that the graph would seldom be used.
const LOOK_AT_UP_TO: usize = 2_000;

/// The size of a file of the log. Two are allocated whole for each tenant, so they are smaller than usual.
const LOG_FILE_BYTES: usize = 1024 * 1024;

fn config(common: &Common) -> EdgeConfig {
    let dense = EdgeVectorParams::builder(common.dimensions, Distance::Cosine).build();
    let graph = HnswIndexConfig {
        full_scan_threshold: (LOOK_AT_UP_TO * common.dimensions * size_of::<f32>() / 1024).max(1),
        ..HnswIndexConfig::default()
    };
    let lexical =
        EdgeSparseVectorParams::builder().modifier(Modifier::Idf).full_scan_threshold(SCAN_UP_TO).build();
    let optimizers = EdgeOptimizersConfig {
        default_segment_number: Some(SEGMENTS),
        max_segment_size: Some(LARGEST_KB),
        indexing_threshold: Some(common.graph_from_kb),
        ..EdgeOptimizersConfig::default()
    };
    let log = WalOptions {
        segment_capacity: LOG_FILE_BYTES,
        segment_queue_len: 0,
        retain_closed: NonZeroUsize::MIN,
    };
    EdgeConfig::builder()
        .vector(DENSE, dense)
        .sparse_vector(LEXICAL, lexical)
        .hnsw_config(graph)
        .optimizers(optimizers)
        .wal_options(log)
        .build()
}

/// Turns an error of the engine into ours.
#[expect(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
pub(crate) fn failed(error: OperationError) -> Error {
    Error::Engine(error.to_string())
}

/// Makes the engine's files in `folder`, which must exist and be empty. Returns how many updates it took.
pub(crate) fn create(folder: &Path, common: &Common) -> Result<(EdgeShard, u64), Error> {
    let engine = EdgeShard::new(folder, config(common)).map_err(failed)?;
    let updates = ensure_payload_indexes(&engine)?;
    Ok((engine, updates))
}

/// Opens the engine's files in `folder`, after removing what was built when a process ended.
pub(crate) fn load(folder: &Path, common: &Common) -> Result<EdgeShard, Error> {
    let unfinished = folder.join(UNFINISHED);
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(Error::io("remove", unfinished))?;
    }
    EdgeShard::load(folder, Some(config(common))).map_err(failed)
}

/// The fields that filters use. Graph links per value are made for the audience alone: a search filters by
/// it always, and each further field makes building the graph slower.
fn indexed_fields() -> Vec<(&'static str, PayloadSchemaParams)> {
    let keyword = |graph| {
        PayloadSchemaParams::Keyword(KeywordIndexParams {
            enable_hnsw: Some(graph),
            ..KeywordIndexParams::default()
        })
    };
    let moment = || {
        PayloadSchemaParams::Integer(IntegerIndexParams {
            lookup: Some(false),
            range: Some(true),
            enable_hnsw: Some(false),
            ..IntegerIndexParams::default()
        })
    };
    let params = |(name, by)| match by {
        Filtered::Word => (name, keyword(name == payload::AUDIENCE)),
        Filtered::Moment => (name, moment()),
    };
    payload::filtered().map(params).collect()
}

fn ensure_payload_indexes(engine: &EdgeShard) -> Result<u64, Error> {
    let present = engine.info().payload_schema;
    let mut updates = 0;
    for (name, params) in indexed_fields() {
        let field_name = path(name)?;
        if present.contains_key(&field_name) {
            continue;
        }
        let field_schema = Some(PayloadFieldSchema::FieldParams(params));
        let create = FieldIndexOperations::CreateIndex(CreateIndex { field_name, field_schema });
        engine.update(UpdateOperation::FieldIndexOperation(create)).map_err(failed)?;
        updates += 1;
    }
    Ok(updates)
}

/// Lets the engine make one segment of all, as far as that is not too large. Several are searched one after the other,
/// and many small graphs cost a search several times what one large graph does.
pub(crate) fn join(engine: &EdgeShard) -> Result<(), Error> {
    let usual = engine.config().optimizers.clone();
    let one = EdgeOptimizersConfig { default_segment_number: Some(1), ..usual.clone() };
    engine.set_optimizers_config(one).map_err(failed)?;
    let outcome = engine.optimize().map_err(failed);
    let restored = engine.set_optimizers_config(usual).map_err(failed);
    outcome.and(restored)
}

/// Reads up to `limit` points from `from` on, in the order of their ids.
pub(crate) fn read_page(
    engine: &EdgeShard,
    from: Option<PointId>,
    limit: usize,
    with_payload: bool,
    with_vector: WithVector,
) -> Result<(Vec<Record>, Option<PointId>), Error> {
    let request = ScrollRequest {
        offset: from,
        limit: Some(limit),
        filter: None,
        with_payload: Some(WithPayloadInterface::Bool(with_payload)),
        with_vector,
        order_by: None,
    };
    engine.scroll(request).map_err(failed)
}

/// Copies all points; of a point that is there several times, the newest. Returns how many updates it took.
pub(crate) fn copy(from: &EdgeShard, into: &EdgeShard, common: &Common) -> Result<u64, Error> {
    let (mut updates, mut unsettled) = (0, 0);
    let mut next = Some(PointId::Uuid(Uuid::nil()));
    while let Some(offset) = next {
        let (records, following) = read_page(from, Some(offset), BATCH, true, WithVector::Bool(true))?;
        let points: Vec<_> = records
            .into_iter()
            .filter_map(|Record { id, payload, vector, .. }| {
                let vector = VectorStructPersisted::from(vector?);
                Some(PointStructPersisted { id, vector, payload })
            })
            .collect();
        if !points.is_empty() {
            unsettled += points.len();
            into.update(upsert(points)).map_err(failed)?;
            updates += 1;
        }
        if unsettled >= common.settle_at {
            into.optimize().map_err(failed)?;
            unsettled = 0;
        }
        next = following;
    }
    Ok(updates)
}

/// Returns the update that puts `points` in.
pub(crate) fn upsert(points: Vec<PointStructPersisted>) -> UpdateOperation {
    UpdateOperation::PointOperation(PointOperations::UpsertPoints(PointInsertOperations::PointsList(points)))
}

/// Reports whether some point is there more than once, which a crash while optimising can leave behind.
pub(crate) fn has_duplicates(engine: &EdgeShard) -> Result<bool, Error> {
    let info = engine.info();
    if info.segments_count < 2 {
        return Ok(false);
    }
    let (points, _) = read_page(engine, None, info.points_count.max(1), false, WithVector::Bool(false))?;
    Ok(points.len() != info.points_count)
}

/// Gives a folder that has just been built, and that nobody uses yet, a log without its history: what is in
/// the log is in the segments, so it would only take room.
///
/// The new log counts from zero again, so it is first filled with as many empty updates as there were real
/// ones; otherwise the engine would take every later update for an old one and skip it.
pub(crate) fn shorten_log(folder: &Path, common: &Common, updates: u64) -> Result<EdgeShard, Error> {
    let log = folder.join("wal");
    std::fs::remove_dir_all(&log).map_err(Error::io("remove", &log))?;
    let engine = load(folder, common)?;
    for _ in 0..=updates {
        let nothing = PointOperations::DeletePoints { ids: Vec::new() };
        engine.update(UpdateOperation::PointOperation(nothing)).map_err(failed)?;
    }
    engine.flush();
    Ok(engine)
}

/// Returns the size of the log and of everything else below `folder`, as allocated on disk.
pub(crate) fn sizes(folder: &Path) -> (u64, u64) {
    let log = size(&folder.join("wal"));
    (log, size(folder).saturating_sub(log))
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Named vectors as the engine wants them.
pub(crate) type Named = HashMap<String, qdrant_edge::VectorPersisted>;
