//! The calls about points.

use std::collections::{BTreeMap, HashMap};

use qdrant_client::qdrant as q;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::points_server::Points;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::{
    Filter, PointsSelector, ShardKeySelector, UpdateResult, UpdateStatus, facet_value, vector, vectors,
};
use tonic::{Request, Response, Status};

use crate::Shared;
use crate::part::{Key, Payload, Point, in_order, of_length_one};
use crate::search::{some_payload, some_vectors};
use crate::shards::key;
use crate::state::{Collection, exceeded, invalid};

/// A change of points.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(Vec<(Key, Point)>),
    Remove(PointsSelectorOneOf),
    Set(PointsSelectorOneOf, Payload),
}

impl Collection {
    /// Takes a change of some shards; one that nobody waits for is only taken note of.
    fn take(&mut self, change: Change, shards: Vec<String>, wait: bool) -> Result<UpdateResult, Status> {
        self.changes += 1;
        self.noted.push((self.changes, shards, change));
        let mut status = UpdateStatus::Acknowledged;
        if wait {
            for (version, shards, change) in std::mem::take(&mut self.noted) {
                for name in shards {
                    if let Some(points) = self.shards.get_mut(&name) {
                        points.make(version, change.clone())?;
                    }
                }
            }
            status = UpdateStatus::Completed;
        }
        Ok(UpdateResult { operation_id: Some(self.changes), status: status.into() })
    }

    /// Returns the points that a call reads and that pass a filter, in the order of their ids, each with the name of
    /// its shards.
    fn passing(
        &self,
        selector: Option<&ShardKeySelector>,
        filter: Option<&Filter>,
    ) -> Result<Vec<(Key, &Point, &str)>, Status> {
        let mut found = Vec::new();
        for (shard, points) in self.reads(selector)? {
            found.extend(points.passing(filter)?.into_iter().map(|(key, point)| (key, point, shard)));
        }
        found.sort_by_key(|(key, _, _)| *key);
        Ok(found)
    }

    fn read(&self, point: q::PointStruct) -> Result<(Key, Point), Status> {
        let key = Key::of(&point.id.ok_or_else(|| invalid("Empty ID is not allowed"))?)?;
        let mut read = Point { payload: point.payload, ..Point::default() };
        let named = match point.vectors.and_then(|vectors| vectors.vectors_options) {
            Some(vectors::VectorsOptions::Vectors(named)) => named.vectors,
            None => HashMap::new(),
            Some(_) => return Err(invalid("Not existing vector name error: ")),
        };
        for (name, vector) in named {
            match vector.vector {
                Some(vector::Vector::Dense(dense)) => {
                    let (size, got) = (self.size(&name)?, dense.data.len());
                    if got as u64 != size {
                        return Err(invalid(format!(
                            "Vector dimension error: expected dim: {size}, got {got}"
                        )));
                    }
                    read.dense.insert(name, of_length_one(dense.data));
                }
                Some(vector::Vector::Sparse(sparse)) => {
                    read.sparse.insert(name, in_order(&sparse.indices, &sparse.values)?);
                }
                _ => return Err(Status::unimplemented("the stand-in knows dense and sparse vectors alone")),
            }
        }
        Ok((key, read))
    }
}

impl Shared {
    /// Makes a write as far as faults allow, and answers it.
    async fn write(
        &self,
        name: &str,
        wait: Option<bool>,
        selector: Option<ShardKeySelector>,
        change: impl FnOnce(&Collection) -> Result<Change, Status>,
    ) -> Result<Response<q::PointsOperationResponse>, Status> {
        self.linger().await;
        let result = {
            let mut state = self.state();
            if let Some(message) = &state.refusal {
                return Err(Status::internal(format!("Service internal error: {message}")));
            }
            let collection = state.find_mut(name)?;
            let change = change(collection)?;
            let shards = collection.writes(selector.as_ref())?;
            collection.take(change, shards, wait.unwrap_or_default())?
        };
        self.after_write().await;
        Ok(Response::new(q::PointsOperationResponse { result: Some(result), ..Default::default() }))
    }
}

fn which(selector: Option<PointsSelector>) -> Result<PointsSelectorOneOf, Status> {
    let chosen = selector.and_then(|selector| selector.points_selector_one_of);
    chosen.ok_or_else(|| Status::invalid_argument("PointSelector is missing"))
}

#[tonic::async_trait]
impl Points for Shared {
    async fn upsert(
        &self,
        request: Request<q::UpsertPoints>,
    ) -> Result<Response<q::PointsOperationResponse>, Status> {
        let request = request.into_inner();
        {
            let size = (request.points.len(), prost::Message::encoded_len(&request));
            let mut state = self.state();
            let largest = &mut state.largest_write;
            *largest = (largest.0.max(size.0), largest.1.max(size.1));
        }
        let points = request.points;
        self.write(&request.collection_name, request.wait, request.shard_key_selector, |collection| {
            let strict = collection.made.strict_mode_config.as_ref().filter(|strict| strict.enabled());
            let most = strict.and_then(|strict| strict.upsert_max_batchsize);
            if let Some(most) = most.filter(|most| points.len() as u64 > *most) {
                return Err(exceeded("upsert", points.len(), most));
            }
            let read: Result<_, Status> = points.into_iter().map(|point| collection.read(point)).collect();
            Ok(Change::Put(read?))
        })
        .await
    }

    async fn delete(
        &self,
        request: Request<q::DeletePoints>,
    ) -> Result<Response<q::PointsOperationResponse>, Status> {
        let request = request.into_inner();
        let which = which(request.points)?;
        let selector = request.shard_key_selector;
        self.write(&request.collection_name, request.wait, selector, |_| Ok(Change::Remove(which))).await
    }

    async fn set_payload(
        &self,
        request: Request<q::SetPayloadPoints>,
    ) -> Result<Response<q::PointsOperationResponse>, Status> {
        let request = request.into_inner();
        let which = which(request.points_selector)?;
        let (fields, selector) = (request.payload, request.shard_key_selector);
        self.write(&request.collection_name, request.wait, selector, |_| Ok(Change::Set(which, fields))).await
    }

    async fn create_field_index(
        &self,
        request: Request<q::CreateFieldIndexCollection>,
    ) -> Result<Response<q::PointsOperationResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let mut state = self.state();
        let collection = state.find_mut(&request.collection_name)?;
        let params = request.field_index_params;
        let is_tenant = params.as_ref().is_some_and(|params| match &params.index_params {
            Some(q::payload_index_params::IndexParams::KeywordIndexParams(params)) => params.is_tenant(),
            _ => false,
        });
        if is_tenant {
            for points in collection.shards.values_mut() {
                points.part_by(&request.field_name)?;
            }
            collection.tenant = Some(request.field_name.clone());
        }
        let kind = match q::FieldType::try_from(request.field_type.unwrap_or_default()) {
            Ok(q::FieldType::Integer) => q::PayloadSchemaType::Integer,
            _ => q::PayloadSchemaType::Keyword,
        };
        let info = q::PayloadSchemaInfo { data_type: kind.into(), params, ..Default::default() };
        collection.fields.insert(request.field_name, info);
        collection.changes += 1;
        // Without shards there is nothing to do, and the real one says no more than that it was told.
        let nowhere = collection.shards.is_empty();
        let status = if nowhere { UpdateStatus::Acknowledged } else { UpdateStatus::Completed }.into();
        let result = Some(UpdateResult { operation_id: Some(collection.changes), status });
        Ok(Response::new(q::PointsOperationResponse { result, ..Default::default() }))
    }

    async fn get(&self, request: Request<q::GetPoints>) -> Result<Response<q::GetResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.collection_name)?;
        let (payload, vectors) = (request.with_payload.as_ref(), request.with_vectors.as_ref());
        let keys = request.ids.iter().map(Key::of).collect::<Result<Vec<_>, _>>()?;
        let mut result = Vec::new();
        for (shard, points) in collection.reads(request.shard_key_selector.as_ref())? {
            let found = keys.iter().filter_map(|key| Some((*key, points.find(*key)?)));
            result.extend(found.map(|(key, point)| retrieved(key, point, shard, payload, vectors)));
        }
        Ok(Response::new(q::GetResponse { result, ..Default::default() }))
    }

    async fn scroll(&self, request: Request<q::ScrollPoints>) -> Result<Response<q::ScrollResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.collection_name)?;
        let from = request.offset.as_ref().map(Key::of).transpose()?;
        let limit = request.limit.unwrap_or(10);
        if limit == 0 {
            return Err(invalid("Validation error: [limit: value 0 invalid, must be 1 or larger]"));
        }
        let passing = collection.passing(request.shard_key_selector.as_ref(), request.filter.as_ref())?;
        let mut page = passing.into_iter().filter(|(key, ..)| from.is_none_or(|from| *key >= from));
        let result = page
            .by_ref()
            .take(limit as usize)
            .map(|(key, point, shard)| {
                retrieved(key, point, shard, request.with_payload.as_ref(), request.with_vectors.as_ref())
            })
            .collect();
        let next_page_offset = page.next().map(|(key, ..)| key.id());
        Ok(Response::new(q::ScrollResponse { next_page_offset, result, ..Default::default() }))
    }

    async fn count(&self, request: Request<q::CountPoints>) -> Result<Response<q::CountResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.collection_name)?;
        let passing = collection.passing(request.shard_key_selector.as_ref(), request.filter.as_ref())?;
        let count = passing.len() as u64;
        Ok(Response::new(q::CountResponse { result: Some(q::CountResult { count }), ..Default::default() }))
    }

    async fn facet(&self, request: Request<q::FacetCounts>) -> Result<Response<q::FacetResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.collection_name)?;
        let key = &request.key;
        if !collection.fields.contains_key(key) {
            return Err(Status::invalid_argument(format!(
                "Bad request: No appropriate index for faceting: `{key}`. Please create one to facet on this field."
            )));
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let passing = collection.passing(request.shard_key_selector.as_ref(), request.filter.as_ref())?;
        for (_, point, _) in passing {
            if let Some(Kind::StringValue(word)) =
                point.payload.get(key).and_then(|value| value.kind.as_ref())
            {
                *counts.entry(word.clone()).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts.truncate(usize::try_from(request.limit.unwrap_or(10)).unwrap_or(usize::MAX));
        let hit = |(word, count)| {
            let variant = Some(facet_value::Variant::StringValue(word));
            q::FacetHit { value: Some(q::FacetValue { variant }), count }
        };
        let hits = counts.into_iter().map(hit).collect();
        Ok(Response::new(q::FacetResponse { hits, ..Default::default() }))
    }

    async fn query_batch(
        &self,
        request: Request<q::QueryBatchPoints>,
    ) -> Result<Response<q::QueryBatchResponse>, Status> {
        let request = request.into_inner();
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.collection_name)?;
        let strict = collection.made.strict_mode_config.as_ref().filter(|strict| strict.enabled());
        let asked = request.query_points.len();
        let most = strict.and_then(|strict| strict.search_max_batchsize);
        if let Some(most) = most.filter(|most| asked as u64 > *most) {
            return Err(exceeded("search", asked, most));
        }
        let mut result = Vec::with_capacity(asked);
        for query in request.query_points {
            result.push(q::BatchResult { result: collection.query(query)? });
        }
        Ok(Response::new(q::QueryBatchResponse { result, ..Default::default() }))
    }

    unknown! {
        update_vectors(q::UpdatePointVectors) -> q::PointsOperationResponse;
        delete_vectors(q::DeletePointVectors) -> q::PointsOperationResponse;
        overwrite_payload(q::SetPayloadPoints) -> q::PointsOperationResponse;
        delete_payload(q::DeletePayloadPoints) -> q::PointsOperationResponse;
        clear_payload(q::ClearPayloadPoints) -> q::PointsOperationResponse;
        delete_field_index(q::DeleteFieldIndexCollection) -> q::PointsOperationResponse;
        create_vector_name(q::CreateVectorNameRequest) -> q::PointsOperationResponse;
        delete_vector_name(q::DeleteVectorNameRequest) -> q::PointsOperationResponse;
        search(q::SearchPoints) -> q::SearchResponse;
        search_batch(q::SearchBatchPoints) -> q::SearchBatchResponse;
        search_groups(q::SearchPointGroups) -> q::SearchGroupsResponse;
        recommend(q::RecommendPoints) -> q::RecommendResponse;
        recommend_batch(q::RecommendBatchPoints) -> q::RecommendBatchResponse;
        recommend_groups(q::RecommendPointGroups) -> q::RecommendGroupsResponse;
        discover(q::DiscoverPoints) -> q::DiscoverResponse;
        discover_batch(q::DiscoverBatchPoints) -> q::DiscoverBatchResponse;
        update_batch(q::UpdateBatchPoints) -> q::UpdateBatchResponse;
        query(q::QueryPoints) -> q::QueryResponse;
        query_groups(q::QueryPointGroups) -> q::QueryGroupsResponse;
        search_matrix_pairs(q::SearchMatrixPoints) -> q::SearchMatrixPairsResponse;
        search_matrix_offsets(q::SearchMatrixPoints) -> q::SearchMatrixOffsetsResponse;
    }
}

fn retrieved(
    id: Key,
    point: &Point,
    shard: &str,
    payload: Option<&q::WithPayloadSelector>,
    vectors: Option<&q::WithVectorsSelector>,
) -> q::RetrievedPoint {
    q::RetrievedPoint {
        id: Some(id.id()),
        payload: some_payload(point, payload),
        vectors: some_vectors(point, vectors),
        shard_key: key(shard),
        ..q::RetrievedPoint::default()
    }
}
