//! Calls of the server: what is repeated, and what an error means for whoever asked.
//!
//! Everything that we ask for can be asked twice: points are put in, taken out and changed by their ids, and the
//! next call of a batch is made only when the one before is known to be done. So a call that found nobody there,
//! or whose connection broke, is made again after a short wait, whether it reads or writes. What the server
//! refuses is not repeated, nor is what it did not answer in time: that would only add to its load.

use std::time::Duration;

use qdrant_client::qdrant as q;
use qdrant_client::{Qdrant, QdrantError};

use super::config::Config;
use crate::error::{Error, Trouble};

/// How long to wait before each further attempt.
const WAITS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// The client, with the place it asks.
pub(super) struct Caller {
    client: Qdrant,
    url: String,
    collection: String,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller")
            .field("url", &self.url)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

/// Writes a method for each call: what it is called in errors, and how often it may be made.
macro_rules! calls {
    ($($operation:literal $name:ident($request:ty) -> $response:ty;)+) => {
        $(
            pub(super) async fn $name(&self, request: $request) -> Result<$response, Error> {
                let mut waits = WAITS.iter();
                loop {
                    match self.client.$name(request.clone()).await {
                        Ok(response) => return Ok(response),
                        Err(error) => match waits.next() {
                            Some(wait) if is_worth_repeating(&error) => tokio::time::sleep(*wait).await,
                            _ => return Err(self.failed($operation, &error)),
                        },
                    }
                }
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
        Ok(Self { client, url: config.url.clone(), collection: config.collection.clone() })
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
        ];
        for (code, message, expected) in cases {
            assert_eq!(trouble(code, message), expected, "{code} {message}");
        }
    }
}
