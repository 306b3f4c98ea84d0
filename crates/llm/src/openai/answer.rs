use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::wait;
use crate::vector::normalise;
use crate::{Error, ModelInfo};

/// How much of a server's explanation is kept.
const REASON_CHARS: usize = 300;

/// A request that brought no vectors.
pub(crate) enum Refused {
    ForGood(Error),
    /// Worth another try, after the wait the server asked for if it did.
    ForNow {
        error: Error,
        wait: Option<Duration>,
    },
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

/// Reads the vectors in the order of the texts; servers may send them in any.
pub(crate) fn vectors(model: &ModelInfo, texts: usize, body: &[u8]) -> Result<Vec<Vec<f32>>, Error> {
    let wrong = |why: String| Error::Malformed { model: model.name.clone(), why };
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| wrong(format!("the answer cannot be read ({error})")))?;
    if answer.data.len() != texts {
        return Err(wrong(format!("{texts} texts gave {} vectors", answer.data.len())));
    }
    let mut vectors = vec![None; texts];
    for Item { index, mut embedding } in answer.data {
        if embedding.len() != model.dimensions {
            let (expected, found) = (model.dimensions, embedding.len());
            return Err(Error::WrongDimensions { model: model.name.clone(), expected, found });
        }
        if !embedding.iter().all(|x| x.is_finite()) {
            return Err(wrong(format!("the vector of text {index} holds something that is no number")));
        }
        normalise(&mut embedding);
        match vectors.get_mut(index) {
            Some(slot @ None) => *slot = Some(embedding),
            Some(Some(_)) => return Err(wrong(format!("text {index} got two vectors"))),
            None => return Err(wrong(format!("there is a vector for text {index} of {texts}"))),
        }
    }
    Ok(vectors.into_iter().flatten().collect())
}

/// Finds the server's own words in an error page.
pub(crate) fn reason(status: StatusCode, body: &[u8]) -> String {
    let parsed = serde_json::from_slice::<serde_json::Value>(body).ok();
    let error = parsed.as_ref().map(|page| page.get("error").unwrap_or(page));
    let field = |name: &str| error.and_then(|error| error.get(name)).and_then(|text| text.as_str());
    let message = field("message").or_else(|| error.and_then(|error| error.as_str()));
    let words = [field("code"), message].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept: String = words.chars().take(REASON_CHARS).collect();
    if kept.is_empty() {
        format!("status {}", status.as_u16())
    } else {
        format!("status {}, {kept}", status.as_u16())
    }
}

/// Sorts a refusal by what can be done.
pub(crate) fn refused(model: &str, status: StatusCode, headers: &HeaderMap, why: String) -> Refused {
    let model = model.to_owned();
    let said = why.to_lowercase();
    match status.as_u16() {
        // A spent balance comes as "too many requests" too, and no wait fills it.
        402 => Refused::ForGood(Error::QuotaSpent { model, why }),
        429 if said.contains("insufficient_quota") => Refused::ForGood(Error::QuotaSpent { model, why }),
        408 | 425 | 429 | 500..=599 => {
            let error = Error::RetryLater { model, after: Duration::ZERO, why };
            Refused::ForNow { error, wait: wait::asked(headers) }
        }
        401 | 403 => Refused::ForGood(Error::FixCredentials { model, why }),
        413 => Refused::ForGood(Error::TooLong { model, why }),
        400 | 422 if speaks_of_length(&said) => Refused::ForGood(Error::TooLong { model, why }),
        _ => Refused::ForGood(Error::Malformed { model, why }),
    }
}

/// Servers have no common code for a text that is too long; these are the words they use.
fn speaks_of_length(said: &str) -> bool {
    [
        "context_length",
        "context length",
        "too long",
        "too many tokens",
        "maximum input length",
        "max_tokens_per_request",
    ]
    .iter()
    .any(|words| said.contains(words))
}
