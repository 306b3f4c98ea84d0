//! Calls of the server: what is repeated, and what an error means for whoever asked.
//!
//! Everything that we ask for can be asked twice: points are put in, taken out and changed by their ids, and the
//! next call of a batch is made only when the one before is known to be done. So a call that found nobody there,
//! or whose connection broke, is made again after a short wait, whether it reads or writes. What the server
//! refuses is not repeated, nor is what it did not answer in time: that would only add to its load. One refusal is
//! different: a collection that another process has made anew meanwhile may be divided among shards in another way
//! than is known here, so that is looked at again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use qdrant_client::qdrant as q;
use qdrant_client::{Qdrant, QdrantError};

use super::config::Config;
use super::keys::{Division, OfPoints, Whose};
use crate::error::{Error, Trouble};

/// How long to wait before each further attempt.
const WAITS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// The client, with the place it asks.
pub(super) struct Caller {
    client: Qdrant,
    url: String,
    collection: String,
    /// How the collection is divided, where that is known.
    division: Mutex<Option<Division>>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller")
            .field("url", &self.url)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

/// Makes a call as often as it may be made.
macro_rules! made {
    ($client:expr, $name:ident, $request:expr) => {{
        let mut waits = WAITS.iter();
        loop {
            match $client.$name($request.clone()).await {
                Err(error) if is_worth_repeating(&error) => match waits.next() {
                    Some(wait) => tokio::time::sleep(*wait).await,
                    None => break Err(error),
                },
                outcome => break outcome,
            }
        }
    }};
}

/// Writes a method for each call: what it is called in errors.
macro_rules! calls {
    ($($operation:literal $name:ident($request:ty) -> $response:ty;)+) => {
        $(
            pub(super) async fn $name(&self, request: $request) -> Result<$response, Error> {
                made!(self.client, $name, request).map_err(|error| self.failed($operation, &error))
            }
        )+
    };
}

/// The same for calls about points, which name the shards they are about.
macro_rules! calls_of_points {
    ($($operation:literal $name:ident($request:ty) -> $response:ty;)+) => {
        $(
            pub(super) async fn $name(
                &self,
                whose: impl Into<Whose>,
                mut request: $request,
            ) -> Result<$response, Error> {
                let whose = whose.into();
                self.select(whose, &mut request).await?;
                let mut outcome = made!(self.client, $name, request);
                if outcome.as_ref().err().is_some_and(is_of_other_division) {
                    self.set_division(None);
                    self.select(whose, &mut request).await?;
                    outcome = made!(self.client, $name, request);
                }
                outcome.map_err(|error| self.failed($operation, &error))
            }
        )+
    };
}

impl Caller {
    /// Prepares a client; nothing is sent yet.
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        let mut client = Qdrant::from_url(&config.url)
            .timeout(config.timeout())
            .connect_timeout(config.timeout())
            .skip_compatibility_check();
        client.api_key = config.api_key.reveal();
        let client = client.build().map_err(|error| {
            Error::Invalid(format!("`index.url` is `{}`, which is no address: {error}", config.url))
        })?;
        let (url, collection) = (config.url.clone(), config.collection.clone());
        Ok(Self { client, url, collection, division: Mutex::default() })
    }

    pub(super) fn place(&self) -> String {
        format!("collection `{}` of `{}`", self.collection, self.url)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    calls! {
        "creating a collection" create_collection(q::CreateCollection) -> q::CollectionOperationResponse;
        "indexing a field" create_field_index(q::CreateFieldIndexCollection) -> q::PointsOperationResponse;
        "pointing the alias" create_alias(q::CreateAlias) -> q::CollectionOperationResponse;
        "dropping a collection" delete_collection(q::DeleteCollection) -> q::CollectionOperationResponse;
        "describing the collection" collection_info(q::GetCollectionInfoRequest) -> q::GetCollectionInfoResponse;
        "making a shard key" create_shard_key(q::CreateShardKeyRequest) -> q::CreateShardKeyResponse;
        "listing shard keys" list_shard_keys(q::ListShardKeysRequest) -> q::ListShardKeysResponse;
    }

    calls_of_points! {
        "writing points" upsert_points(q::UpsertPoints) -> q::PointsOperationResponse;
        "deleting points" delete_points(q::DeletePoints) -> q::PointsOperationResponse;
        "changing points" set_payload(q::SetPayloadPoints) -> q::PointsOperationResponse;
        "reading points" get_points(q::GetPoints) -> q::GetResponse;
        "paging through points" scroll(q::ScrollPoints) -> q::ScrollResponse;
        "counting points" count(q::CountPoints) -> q::CountResponse;
        "counting by field" facet(q::FacetCounts) -> q::FacetResponse;
        "searching" query_batch(q::QueryBatchPoints) -> q::QueryBatchResponse;
    }

    pub(super) async fn version(&self) -> Result<String, Error> {
        let reply = self.client.health_check().await;
        Ok(reply.map_err(|error| self.failed("asking for the version", &error))?.version)
    }

    /// Returns all aliases with their collections.
    pub(super) async fn aliases(&self) -> Result<Vec<(String, String)>, Error> {
        let listed = self.client.list_aliases().await;
        let listed = listed.map_err(|error| self.failed("listing aliases", &error))?.aliases;
        Ok(listed.into_iter().map(|one| (one.alias_name, one.collection_name)).collect())
    }

    /// Returns what the server says of a collection, and keeps in mind how it is divided.
    pub(super) async fn describe(&self, name: &str) -> Result<q::CollectionInfo, Error> {
        let request = q::GetCollectionInfoRequest { collection_name: name.to_owned() };
        let info = self.collection_info(request).await?.result.unwrap_or_default();
        self.set_division(Some(Division::of(&info)));
        Ok(info)
    }

    /// Keeps in mind how the collection is divided, or that it is not known any more.
    pub(super) fn set_division(&self, division: Option<Division>) {
        *self.division.lock().unwrap_or_else(PoisonError::into_inner) = division;
    }

    /// Makes a call name the shards that it is about, and asks how the collection is divided where that is not known.
    async fn select<R: OfPoints>(&self, whose: Whose, request: &mut R) -> Result<(), Error> {
        let known = *self.division.lock().unwrap_or_else(PoisonError::into_inner);
        let division = match known {
            Some(division) => division,
            None => Division::of(&self.describe(request.collection()).await?),
        };
        request.select(division.selector(whose, R::DOES));
        Ok(())
    }

    /// Returns the shard keys of a collection, as far as they are words.
    pub(super) async fn shard_keys(&self, name: &str) -> Result<Vec<String>, Error> {
        let request = q::ListShardKeysRequest { collection_name: name.to_owned() };
        let listed = self.list_shard_keys(request).await?.shard_keys;
        let word = |one: q::ShardKeyDescription| match one.key?.key? {
            q::shard_key::Key::Keyword(word) => Some(word),
            q::shard_key::Key::Number(_) => None,
        };
        Ok(listed.into_iter().filter_map(word).collect())
    }

    /// Returns the names of all collections.
    pub(super) async fn collections(&self) -> Result<Vec<String>, Error> {
        let listed = self.client.list_collections().await;
        let listed = listed.map_err(|error| self.failed("listing collections", &error))?.collections;
        Ok(listed.into_iter().map(|one| one.name).collect())
    }

    /// Makes sure that a change was made, not only taken note of.
    pub(super) fn done(
        &self,
        operation: &'static str,
        response: &q::PointsOperationResponse,
    ) -> Result<(), Error> {
        let status = response.result.as_ref().map(|result| result.status());
        match status {
            Some(q::UpdateStatus::Completed) => Ok(()),
            Some(q::UpdateStatus::ClockRejected) => {
                Err(self.error(operation, Trouble::Unfinished, "a replica's clock refused it".to_owned()))
            }
            other => Err(self.error(operation, Trouble::Unfinished, format!("the server says {other:?}"))),
        }
    }

    pub(super) fn error(&self, operation: &'static str, trouble: Trouble, reason: String) -> Error {
        let (collection, url) = (self.collection.clone(), self.url.clone());
        Error::Server { operation, collection, url, trouble, reason }
    }

    fn failed(&self, operation: &'static str, error: &QdrantError) -> Error {
        let (trouble, reason) = match error {
            QdrantError::ResponseError { status } => {
                (trouble(status.code() as i32, status.message()), status.message().to_owned())
            }
            QdrantError::ResourceExhaustedError { status, .. } => {
                (Trouble::Limit, status.message().to_owned())
            }
            other => (Trouble::Refused, other.to_string()),
        };
        self.error(operation, trouble, reason)
    }
}

/// The codes of gRPC that we tell apart.
mod code {
    pub(super) const CANCELLED: i32 = 1;
    pub(super) const UNKNOWN: i32 = 2;
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const DEADLINE_EXCEEDED: i32 = 4;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const INTERNAL: i32 = 13;
    pub(super) const UNAVAILABLE: i32 = 14;
    pub(super) const UNAUTHENTICATED: i32 = 16;
}

/// Says what an answer of the server means for whoever asked.
fn trouble(code: i32, message: &str) -> Trouble {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match code {
        code::UNAUTHENTICATED | code::PERMISSION_DENIED => Trouble::Key,
        code::CANCELLED | code::DEADLINE_EXCEEDED => Trouble::Slow,
        code::RESOURCE_EXHAUSTED | code::INTERNAL if says(&["No space left", "disk"]) => Trouble::Full,
        code::RESOURCE_EXHAUSTED => Trouble::Limit,
        code::INVALID_ARGUMENT if says(&["Distributed mode disabled"]) => Trouble::NoCluster,
        code::INVALID_ARGUMENT if says(&["Limit exceeded", "Help: "]) => Trouble::Limit,
        code::NOT_FOUND if says(&["ollection"]) => Trouble::Gone,
        code::UNAVAILABLE => Trouble::Unreachable,
        // How a connection that broke half-way shows itself.
        code::UNKNOWN | code::INTERNAL
            if says(&["h2 protocol error", "transport error", "connection", "Failed to connect"]) =>
        {
            Trouble::Unreachable
        }
        _ => Trouble::Refused,
    }
}

fn is_worth_repeating(error: &QdrantError) -> bool {
    match error {
        QdrantError::ResponseError { status } => {
            trouble(status.code() as i32, status.message()) == Trouble::Unreachable
        }
        _ => false,
    }
}

/// Reports whether a call named a shard key where there are none, or named none where there are.
fn is_of_other_division(error: &QdrantError) -> bool {
    let QdrantError::ResponseError { status } = error else { return false };
    let says = |words: &str| status.message().contains(words);
    says("Shard key not specified")
        || says("Neither target shard key")
        || (says("Shard key ") && says(" not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_means_is_told_by_its_code_and_words() {
        let cases = [
            (code::UNAUTHENTICATED, "Invalid API key", Trouble::Key),
            (code::NOT_FOUND, "Not found: Collection `backstory` doesn't exist!", Trouble::Gone),
            (code::NOT_FOUND, "Not found: No point with id 7 found", Trouble::Refused),
            (code::INTERNAL, "Service internal error: No space left on device", Trouble::Full),
            (code::INTERNAL, "Service internal error: task panicked", Trouble::Refused),
            (code::INTERNAL, "h2 protocol error: error reading a body from connection", Trouble::Unreachable),
            (code::UNAVAILABLE, "error trying to connect", Trouble::Unreachable),
            (code::INTERNAL, "Failed to connect to http://127.0.0.1:1/", Trouble::Unreachable),
            (code::CANCELLED, "Timeout expired", Trouble::Slow),
            (code::RESOURCE_EXHAUSTED, "Rate limit exceeded", Trouble::Limit),
            (code::INVALID_ARGUMENT, "Wrong input: Vector dimension error", Trouble::Refused),
            (code::INVALID_ARGUMENT, "Bad request: Distributed mode disabled", Trouble::NoCluster),
            (code::INVALID_ARGUMENT, "Wrong input: Shard key not specified", Trouble::Refused),
        ];
        for (code, message, expected) in cases {
            assert_eq!(trouble(code, message), expected, "{code} {message}");
        }
    }
}
