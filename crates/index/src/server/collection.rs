//! The collection: its name, how it is made, and whether it is what we want.
//!
//! Everything is asked by an alias. The collection behind it is called the same with a number, so that another can
//! be filled beside it and the alias be pointed there in one step. How it was made stands in its metadata.

use std::collections::HashMap;

use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::quantization_config::Quantization;
use qdrant_client::qdrant::{
    self as q, BinaryQuantization, CreateAlias, CreateCollection, CreateFieldIndexCollection,
    DeleteCollection, Distance, FieldType, HnswConfigDiff, IntegerIndexParams, KeywordIndexParams, Modifier,
    PayloadIndexParams, QuantizationConfig, QuantizationType, ScalarQuantization, ShardingMethod,
    SparseIndexConfig, SparseVectorConfig, SparseVectorParams, StrictModeConfig, VectorParams,
    VectorParamsMap, VectorsConfig, vectors_config,
};
use serde_json::Value as Json;

use super::config::Quantisation;
use super::tenant::{RECORD, TENANT};
use super::{Inner, wire};
use crate::error::{Error, Trouble};
use crate::payload::{self, DENSE, Filtered, LEXICAL};

/// The entry of the metadata that says how the collection was made.
const MANIFEST: &str = "backstory";

/// The oldest server that is asked: it was the first to take the statistics of words from a part of a collection.
const OLDEST: (u32, u32) = (1, 19);

/// Vectors of a tenant are looked at one by one up to this size, as in the embedded engine.
const LOOK_AT_UP_TO: usize = 2_000;

/// What the server's strict mode allows, as far as we come near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Most points of one call that writes.
    pub(super) points: usize,
    /// Most hits of one search.
    pub(super) hits: usize,
    /// Most candidates that a search by the graph keeps in sight.
    pub(super) in_sight: usize,
    /// Whether every vector may be looked at.
    pub(super) exact: bool,
    /// Most searches in one call.
    pub(super) searches: usize,
}

/// Most single searches in one call, where the server sets no limit of its own.
const SEARCHES: usize = 64;

impl Limits {
    fn of(strict: Option<&StrictModeConfig>, points: usize) -> Self {
        let strict = strict.filter(|strict| strict.enabled.unwrap_or_default());
        let least = |ours: usize, theirs: Option<u64>| {
            theirs.map_or(ours, |theirs| ours.min(usize::try_from(theirs).unwrap_or(usize::MAX))).max(1)
        };
        Self {
            points: least(points, strict.and_then(|strict| strict.upsert_max_batchsize)),
            hits: least(usize::MAX, strict.and_then(|strict| strict.max_query_limit).map(u64::from)),
            in_sight: least(usize::MAX, strict.and_then(|strict| strict.search_max_hnsw_ef).map(u64::from)),
            exact: strict.and_then(|strict| strict.search_allow_exact).unwrap_or(true),
            searches: least(SEARCHES, strict.and_then(|strict| strict.search_max_batchsize)),
        }
    }
}

/// What to do where the collection is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Leave,
}

impl Inner {
    /// Looks whether server and collection are what we want, and reads the limits.
    pub(super) async fn settle(&self, missing: Missing) -> Result<Limits, Error> {
        self.check_version().await?;
        if self.beside.is_none() && missing == Missing::Create && !self.is_there().await? {
            let name = self.first_name().await?;
            self.create(&name).await?;
            self.point_alias(&name).await?;
        }
        self.inspect().await
    }

    async fn check_version(&self) -> Result<(), Error> {
        let version = self.caller.version().await?;
        let mut numbers =
            version.trim_start_matches('v').split(['.', '-']).map_while(|part| part.parse().ok());
        let is_known = matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= OLDEST);
        if is_known {
            return Ok(());
        }
        let needed = format!("{}.{}", OLDEST.0, OLDEST.1);
        Err(Error::TooOld { url: self.caller.url().to_owned(), version, needed })
    }

    /// Reports whether the alias leads to a collection.
    async fn is_there(&self) -> Result<bool, Error> {
        let name = &self.config.collection;
        let collections = self.caller.collections().await?;
        if collections.contains(name) {
            return Err(Error::Invalid(format!(
                "`index.collection` is `{name}`, and `{}` has a collection of that name that is not ours; \
                 name another one",
                self.caller.url()
            )));
        }
        let aliases = self.caller.aliases().await?;
        Ok(aliases.iter().any(|(alias, of)| alias == name && collections.contains(of)))
    }

    /// Returns the numbers of the collections that are called like ours.
    async fn numbers(&self) -> Result<Vec<u64>, Error> {
        let start = format!("{}-", self.config.collection);
        let names = self.caller.collections().await?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| name.strip_prefix(&start)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn numbered(&self, number: u64) -> String {
        format!("{}-{number}", self.config.collection)
    }

    /// Returns the name of the collection to begin with. One that somebody has begun already is taken over, so that
    /// two who start at once end with the same.
    async fn first_name(&self) -> Result<String, Error> {
        Ok(self.numbered(self.numbers().await?.first().copied().unwrap_or(1)))
    }

    /// Returns the name of a collection that is not there yet.
    pub(super) async fn next_name(&self) -> Result<String, Error> {
        Ok(self.numbered(self.numbers().await?.last().copied().unwrap_or_default() + 1))
    }

    /// Makes the collection, its shard keys and the indexes of its fields, as far as they are not there.
    pub(super) async fn create(&self, name: &str) -> Result<(), Error> {
        if !self.caller.collections().await?.iter().any(|there| there == name) {
            let made = self.caller.create_collection(self.made_as(name)).await;
            // Somebody else may have made it since we looked.
            if made.is_err() && !self.caller.collections().await?.iter().any(|there| there == name) {
                made?;
            }
        }
        // Keys come before fields: an index of a field is made nowhere as long as there are no shards.
        self.create_shard_keys(name).await?;
        for (field, kind, params) in indexed_fields() {
            let request = CreateFieldIndexCollection {
                collection_name: name.to_owned(),
                wait: Some(true),
                field_name: field.to_owned(),
                field_type: Some(kind.into()),
                field_index_params: Some(PayloadIndexParams { index_params: Some(params) }),
                ..CreateFieldIndexCollection::default()
            };
            let response = self.caller.create_field_index(request).await?;
            self.caller.done("indexing a field", &response)?;
        }
        Ok(())
    }

    pub(super) async fn drop_collection(&self, collection_name: String) -> Result<(), Error> {
        let timeout = Some(self.server_timeout());
        self.caller.delete_collection(DeleteCollection { collection_name, timeout }).await.map(drop)
    }

    /// Makes the alias lead to `name`, wherever it led before, in one step.
    pub(super) async fn point_alias(&self, name: &str) -> Result<(), Error> {
        let alias_name = self.config.collection.clone();
        let request = CreateAlias { collection_name: name.to_owned(), alias_name };
        self.caller.create_alias(request).await.map(drop)
    }

    /// Drops the numbered collections to which no alias leads.
    pub(super) async fn drop_others(&self) -> Result<(), Error> {
        let led_to: Vec<String> = self.caller.aliases().await?.into_iter().map(|(_, of)| of).collect();
        let names = self.numbers().await?.into_iter().map(|number| self.numbered(number));
        for collection_name in names.filter(|name| !led_to.contains(name)) {
            self.drop_collection(collection_name).await?;
        }
        Ok(())
    }

    /// Looks whether the collection was made as we want it, and reads the limits.
    async fn inspect(&self) -> Result<Limits, Error> {
        let config = self.caller.describe(&self.name()).await?.config;
        let Some(config) = config else {
            let reason = "it says nothing of its settings".to_owned();
            return Err(self.caller.error("describing the collection", Trouble::Refused, reason));
        };
        let made = config.metadata.get(MANIFEST).and_then(wire::text);
        let place = self.caller.place();
        let Some(made) = made else {
            return Err(self.manifest.mismatch(&place, "nothing of ours in its metadata".to_owned()));
        };
        self.manifest.compare(&place, "metadata", made.as_bytes())?;
        let vectors = config.params.as_ref().and_then(|params| params.vectors_config.as_ref());
        let size = vectors.and_then(|vectors| match vectors.config.as_ref()? {
            vectors_config::Config::ParamsMap(map) => map.map.get(DENSE).map(|params| params.size),
            vectors_config::Config::Params(_) => None,
        });
        if size != Some(self.manifest.dimensions as u64) {
            let made = size.map_or("no vectors of ours".to_owned(), |size| format!("{size} dimensions"));
            return Err(self.manifest.mismatch(&place, made));
        }
        Ok(Limits::of(config.strict_mode_config.as_ref(), self.config.batch_points))
    }

    fn made_as(&self, name: &str) -> CreateCollection {
        let config = &self.config;
        let dense = VectorParams {
            size: self.manifest.dimensions as u64,
            distance: Distance::Cosine.into(),
            hnsw_config: Some(HnswConfigDiff {
                full_scan_threshold: Some(kilobytes(LOOK_AT_UP_TO * self.manifest.dimensions)),
                // Graph links within one tenant's part, and none across: a search never leaves its part.
                m: Some(0),
                payload_m: Some(16),
                ..HnswConfigDiff::default()
            }),
            quantization_config: quantised(config.quantisation),
            #[expect(deprecated, reason = "what replaces it is unknown to servers before 1.19")]
            on_disk: Some(config.on_disk),
            ..VectorParams::default()
        };
        let lexical = SparseVectorParams {
            #[expect(deprecated, reason = "as above")]
            index: Some(SparseIndexConfig { on_disk: Some(config.on_disk), ..SparseIndexConfig::default() }),
            modifier: Some(Modifier::Idf.into()),
        };
        let vectors = VectorParamsMap { map: HashMap::from([(DENSE.to_owned(), dense)]) };
        let manifest = wire::value(&Json::from(self.manifest.text()));
        CreateCollection {
            collection_name: name.to_owned(),
            vectors_config: Some(VectorsConfig { config: Some(vectors_config::Config::ParamsMap(vectors)) }),
            sparse_vectors_config: Some(SparseVectorConfig {
                map: HashMap::from([(LEXICAL.to_owned(), lexical)]),
            }),
            shard_number: config.shards,
            sharding_method: (!config.large_tenants.is_empty()).then_some(ShardingMethod::Custom.into()),
            replication_factor: Some(config.replication_factor),
            write_consistency_factor: Some(config.write_consistency),
            #[expect(deprecated, reason = "as above")]
            on_disk_payload: Some(true),
            timeout: Some(self.server_timeout()),
            metadata: HashMap::from([(MANIFEST.to_owned(), manifest)]),
            ..CreateCollection::default()
        }
    }
}

fn kilobytes(numbers: usize) -> u64 {
    (numbers * size_of::<f32>() / 1024).max(1) as u64
}

fn quantised(how: Quantisation) -> Option<QuantizationConfig> {
    let quantization = match how {
        Quantisation::None => return None,
        Quantisation::Scalar => Quantization::Scalar(ScalarQuantization {
            r#type: QuantizationType::Int8.into(),
            #[expect(deprecated, reason = "what replaces it is unknown to servers before 1.19")]
            always_ram: Some(true),
            ..ScalarQuantization::default()
        }),
        Quantisation::Binary => Quantization::Binary(BinaryQuantization {
            #[expect(deprecated, reason = "as above")]
            always_ram: Some(true),
            ..BinaryQuantization::default()
        }),
    };
    Some(QuantizationConfig { quantization: Some(quantization) })
}

/// The fields that filters use. The audience is one word that names the company or the subject as well.
fn indexed_fields() -> Vec<(&'static str, FieldType, IndexParams)> {
    let keyword = |is_tenant| {
        let params = KeywordIndexParams { is_tenant: Some(is_tenant), ..KeywordIndexParams::default() };
        (FieldType::Keyword, IndexParams::KeywordIndexParams(params))
    };
    let moment = || {
        let params =
            IntegerIndexParams { lookup: Some(false), range: Some(true), ..IntegerIndexParams::default() };
        (FieldType::Integer, IndexParams::IntegerIndexParams(params))
    };
    let ours = [(TENANT, keyword(true)), (RECORD, keyword(false))];
    let filtered = payload::filtered().map(|(name, by)| match by {
        Filtered::Word => (name, keyword(false)),
        Filtered::Moment => (name, moment()),
    });
    ours.into_iter().chain(filtered).map(|(name, (kind, params))| (name, kind, params)).collect()
}

/// Returns the statistics of words of one part alone: of nobody else's texts.
pub(super) fn words_of(part: q::Filter) -> q::IdfParams {
    q::IdfParams { corpus: Some(part) }
}
