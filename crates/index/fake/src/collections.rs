//! The calls about collections and aliases.

use qdrant_client::qdrant as q;
use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::collections_server::Collections;
use tonic::{Request, Response, Status};

use crate::Shared;
use crate::shards::{key, no_cluster};
use crate::state::{Collection, State, invalid};

fn done(result: bool) -> Response<q::CollectionOperationResponse> {
    Response::new(q::CollectionOperationResponse { result, ..Default::default() })
}

impl State {
    fn act(&mut self, action: Action) -> Result<(), Status> {
        match action {
            Action::CreateAlias(create) => {
                if !self.collections.contains_key(&create.collection_name) {
                    self.find(&create.collection_name)?;
                }
                if self.collections.contains_key(&create.alias_name) {
                    let name = create.alias_name;
                    return Err(Status::already_exists(format!(
                        "Wrong input: Collection `{name}` already exists!"
                    )));
                }
                self.aliases.insert(create.alias_name, create.collection_name);
            }
            Action::RenameAlias(rename) => {
                let Some(of) = self.aliases.remove(&rename.old_alias_name) else {
                    let name = rename.old_alias_name;
                    return Err(Status::not_found(format!("Not found: Alias {name} does not exists!")));
                };
                self.aliases.insert(rename.new_alias_name, of);
            }
            Action::DeleteAlias(delete) => {
                self.aliases.remove(&delete.alias_name);
            }
        }
        Ok(())
    }
}

impl Shared {
    async fn change_keys(
        &self,
        name: &str,
        key: Option<q::ShardKey>,
        change: impl FnOnce(&mut Collection, &q::ShardKey) -> Result<(), Status>,
    ) -> Result<(), Status> {
        self.linger().await;
        let key = key.ok_or_else(|| Status::invalid_argument("empty request"))?;
        let mut state = self.state();
        if let Some(message) = &state.refusal {
            return Err(Status::internal(format!("Service internal error: {message}")));
        }
        if state.alone {
            return Err(no_cluster());
        }
        change(state.find_mut(name)?, &key)
    }
}

#[tonic::async_trait]
impl Collections for Shared {
    async fn get(
        &self,
        request: Request<q::GetCollectionInfoRequest>,
    ) -> Result<Response<q::GetCollectionInfoResponse>, Status> {
        self.linger().await;
        let state = self.state();
        let collection = state.find(&request.into_inner().collection_name)?;
        let made = &collection.made;
        let params = q::CollectionParams {
            shard_number: made.shard_number.unwrap_or(1),
            vectors_config: made.vectors_config.clone(),
            sparse_vectors_config: made.sparse_vectors_config.clone(),
            replication_factor: made.replication_factor,
            write_consistency_factor: made.write_consistency_factor,
            sharding_method: made.sharding_method,
            ..q::CollectionParams::default()
        };
        let config = q::CollectionConfig {
            params: Some(params),
            hnsw_config: made.hnsw_config,
            quantization_config: made.quantization_config,
            strict_mode_config: made.strict_mode_config.clone(),
            metadata: made.metadata.clone(),
            ..q::CollectionConfig::default()
        };
        let info = q::CollectionInfo {
            status: q::CollectionStatus::Green.into(),
            segments_count: 1,
            config: Some(config),
            payload_schema: collection.fields.clone().into_iter().collect(),
            points_count: Some(collection.shards.values().map(|points| points.len() as u64).sum()),
            ..q::CollectionInfo::default()
        };
        Ok(Response::new(q::GetCollectionInfoResponse { result: Some(info), ..Default::default() }))
    }

    async fn list(
        &self,
        _: Request<q::ListCollectionsRequest>,
    ) -> Result<Response<q::ListCollectionsResponse>, Status> {
        self.linger().await;
        let names = self.state().collections.keys().cloned().collect::<Vec<_>>();
        let collections = names.into_iter().map(|name| q::CollectionDescription { name }).collect();
        Ok(Response::new(q::ListCollectionsResponse { collections, ..Default::default() }))
    }

    async fn create(
        &self,
        request: Request<q::CreateCollection>,
    ) -> Result<Response<q::CollectionOperationResponse>, Status> {
        self.linger().await;
        let made = request.into_inner();
        let name = made.collection_name.clone();
        let mut state = self.state();
        if let Some(message) = &state.refusal {
            return Err(Status::internal(format!("Service internal error: {message}")));
        }
        if name.is_empty() {
            return Err(invalid("Validation error: [collection_name: must not be empty]"));
        }
        if state.collections.contains_key(&name) || state.aliases.contains_key(&name) {
            return Err(Status::already_exists(format!("Wrong input: Collection `{name}` already exists!")));
        }
        state.collections.insert(name, Collection::new(made));
        Ok(done(true))
    }

    async fn delete(
        &self,
        request: Request<q::DeleteCollection>,
    ) -> Result<Response<q::CollectionOperationResponse>, Status> {
        self.linger().await;
        Ok(done(self.state().delete(&request.into_inner().collection_name)))
    }

    async fn update_aliases(
        &self,
        request: Request<q::ChangeAliases>,
    ) -> Result<Response<q::CollectionOperationResponse>, Status> {
        self.linger().await;
        let mut state = self.state();
        if let Some(message) = &state.refusal {
            return Err(Status::internal(format!("Service internal error: {message}")));
        }
        for action in request.into_inner().actions.into_iter().filter_map(|one| one.action) {
            state.act(action)?;
        }
        Ok(done(true))
    }

    async fn list_aliases(
        &self,
        _: Request<q::ListAliasesRequest>,
    ) -> Result<Response<q::ListAliasesResponse>, Status> {
        self.linger().await;
        let aliases = self.state().aliases.clone();
        let one = |(alias_name, collection_name)| q::AliasDescription { alias_name, collection_name };
        let aliases = aliases.into_iter().map(one).collect();
        Ok(Response::new(q::ListAliasesResponse { aliases, ..Default::default() }))
    }

    async fn collection_exists(
        &self,
        request: Request<q::CollectionExistsRequest>,
    ) -> Result<Response<q::CollectionExistsResponse>, Status> {
        self.linger().await;
        let exists = self.state().find(&request.into_inner().collection_name).is_ok();
        let result = Some(q::CollectionExists { exists });
        Ok(Response::new(q::CollectionExistsResponse { result, ..Default::default() }))
    }

    async fn create_shard_key(
        &self,
        request: Request<q::CreateShardKeyRequest>,
    ) -> Result<Response<q::CreateShardKeyResponse>, Status> {
        let q::CreateShardKeyRequest { collection_name, request, .. } = request.into_inner();
        let key = request.and_then(|request| request.shard_key);
        self.change_keys(&collection_name, key, Collection::add_key).await?;
        Ok(Response::new(q::CreateShardKeyResponse { result: true, ..Default::default() }))
    }

    async fn delete_shard_key(
        &self,
        request: Request<q::DeleteShardKeyRequest>,
    ) -> Result<Response<q::DeleteShardKeyResponse>, Status> {
        let q::DeleteShardKeyRequest { collection_name, request, .. } = request.into_inner();
        let key = request.and_then(|request| request.shard_key);
        self.change_keys(&collection_name, key, Collection::drop_key).await?;
        Ok(Response::new(q::DeleteShardKeyResponse { result: true, ..Default::default() }))
    }

    async fn list_shard_keys(
        &self,
        request: Request<q::ListShardKeysRequest>,
    ) -> Result<Response<q::ListShardKeysResponse>, Status> {
        self.linger().await;
        let state = self.state();
        let shards = state.find(&request.into_inner().collection_name)?.shards.keys();
        let keys = shards.filter_map(|name| Some(q::ShardKeyDescription { key: Some(key(name)?) }));
        let shard_keys = keys.collect();
        Ok(Response::new(q::ListShardKeysResponse { shard_keys, ..Default::default() }))
    }

    unknown! {
        update(q::UpdateCollection) -> q::CollectionOperationResponse;
        list_collection_aliases(q::ListCollectionAliasesRequest) -> q::ListAliasesResponse;
        collection_cluster_info(q::CollectionClusterInfoRequest) -> q::CollectionClusterInfoResponse;
        update_collection_cluster_setup(q::UpdateCollectionClusterSetupRequest) -> q::UpdateCollectionClusterSetupResponse;
    }
}
