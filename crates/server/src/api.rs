//! The JSON API under `/api/v1`: ids, scores and times; texts stay where they are.

pub(crate) mod connections;
pub(crate) mod conversations;
pub(crate) mod dead_letters;
pub(crate) mod feedback;
pub(crate) mod merges;
pub(crate) mod modes;
pub(crate) mod persons;
pub(crate) mod sources;
pub(crate) mod stop;
pub(crate) mod traces;

use std::str::FromStr;

use crate::problem::Problem;

/// Reads an id from a path. What is no id names nothing.
fn id<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Problem::not_found(error.to_string()))
}
