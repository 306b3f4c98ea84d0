//! What a server answers: a list of places with scores, in one of the forms that servers have.

use serde_json::Value;

use super::Ranked;
use crate::Error;

/// Reads the scores of `texts` texts, best first. The list is the answer itself, or its `results` or `data`; a score
/// is a `relevance_score` or a `score`.
pub(super) fn ranked(model: &str, texts: usize, body: &[u8]) -> Result<Vec<Ranked>, Error> {
    let wrong = |why: String| Error::Malformed { model: model.to_owned(), why };
    let answer: Value = serde_json::from_slice(body)
        .map_err(|error| wrong(format!("the answer cannot be read ({error})")))?;
    let list = answer.as_array().or_else(|| answer.get("results").or(answer.get("data"))?.as_array());
    let list = list.ok_or_else(|| wrong("the answer holds no list of scores".to_owned()))?;
    if list.len() != texts {
        return Err(wrong(format!("{texts} texts got {} scores", list.len())));
    }
    let mut seen = vec![false; texts];
    let mut ranked = Vec::with_capacity(texts);
    for item in list {
        let index = item.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let index = index.ok_or_else(|| wrong("a score says not of which text".to_owned()))?;
        match seen.get_mut(index) {
            None => return Err(wrong(format!("there is a score for text {index} of {texts}"))),
            Some(true) => return Err(wrong(format!("text {index} got two scores"))),
            Some(seen) => *seen = true,
        }
        let score = item.get("relevance_score").or(item.get("score")).and_then(Value::as_f64);
        let score = score.map(|score| score as f32).filter(|score| score.is_finite());
        let score = score.ok_or_else(|| wrong(format!("the score of text {index} is no number")))?;
        ranked.push(Ranked { index, score });
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
    Ok(ranked)
}
