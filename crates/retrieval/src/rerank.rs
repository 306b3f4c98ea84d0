//! A model puts the best of what was found in order, where one is configured.
//!
//! It is sent the question, and of each of the best documents the piece that fits best, as far as the scope allows it.
//! What only agents read stays here: a search for them alone is never reranked. Its order decides among the documents
//! that it was sent; those keep the scores of the search, dealt out anew from the best to the worst, so that what
//! compares scores afterwards compares the same range. What replays have shown of documents (`signs`) does not count
//! beside it, not even where it gives no order: what it reads says more. The confidence is that of the search. Where it fails, the
//! order of the search counts, and that is recorded.

use domain::evidence::Reranked;
use domain::{Kind, Question};
use identity::Scope;

use crate::find::Retrieval;
use crate::search::{Candidate, Piece};

impl Retrieval {
    /// Has the model put candidates in order, which come best first.
    pub(crate) async fn rerank(
        &self,
        scope: &Scope,
        question: &Question,
        candidates: Vec<Candidate>,
    ) -> (Vec<Candidate>, Option<Reranked>) {
        let Some(reranker) = &self.reranker else { return (candidates, None) };
        let info = reranker.info();
        let sent = candidates.len().min(info.most);
        if sent < 2 || scope.reach().internal {
            return (candidates, None);
        }
        let texts: Vec<String> = candidates[..sent].iter().map(|one| text(&one.pieces[0])).collect();
        let mut reranked = Reranked { model: info.model.clone(), sent, failed: None };
        match reranker.rerank(&question.text, &texts).await {
            Ok(ranked) => {
                let order: Vec<usize> = ranked.into_iter().map(|one| one.index).collect();
                (ordered(candidates, &order), Some(reranked))
            }
            Err(error) => {
                tracing::warn!(model.name = %info.model, "the reranker gave no order, so that of the search counts: {}", error.name());
                reranked.failed = Some(error.name().to_owned());
                (candidates, Some(reranked))
            }
        }
    }
}

/// Returns a piece as a model reads it: what it is about, and what it says.
fn text(piece: &Piece) -> String {
    let chunk = &piece.loaded.chunk;
    // A learned answer is known by the question that it was learned from.
    match chunk.kind {
        Kind::LearnedAnswer => format!("{}\n{}", chunk.search_text, chunk.body),
        Kind::Article | Kind::History => {
            let headings = chunk.place.heading_path.iter().map(String::as_str);
            let mut lines = vec![piece.loaded.title.as_str()];
            lines.extend(headings.filter(|heading| *heading != piece.loaded.title));
            lines.push(&chunk.body);
            lines.retain(|line| !line.trim().is_empty());
            lines.join("\n")
        }
    }
}

/// Puts the first candidates into the order of their places; the others stay behind them.
fn ordered(mut candidates: Vec<Candidate>, order: &[usize]) -> Vec<Candidate> {
    let rest = candidates.split_off(order.len());
    let scores: Vec<f32> = candidates.iter().map(|one| one.fused.score).collect();
    let mut candidates: Vec<Option<Candidate>> = candidates.into_iter().map(Some).collect();
    let first = order.iter().filter_map(|at| candidates.get_mut(*at)?.take());
    let mut all: Vec<Candidate> = first.collect();
    for (one, score) in all.iter_mut().zip(scores) {
        one.fused.score = score;
    }
    all.extend(rest);
    all
}

#[cfg(test)]
mod tests {
    use domain::Audience;
    use proptest::prelude::*;

    use super::*;
    use crate::gather::fixture::article;

    fn candidates(scores: &[f32]) -> Vec<Candidate> {
        let one = |(at, score): (usize, &f32)| {
            let mut one = article(&at.to_string(), Audience::Public, &["It says so."]);
            one.fused.score = *score;
            one
        };
        scores.iter().enumerate().map(one).collect()
    }

    fn names(candidates: &[Candidate]) -> Vec<&str> {
        candidates.iter().map(|one| one.pieces[0].loaded.external_id.as_str()).collect()
    }

    #[test]
    fn the_order_decides_among_those_that_were_sent_and_scores_stay_in_order() {
        let all = ordered(candidates(&[0.9, 0.5, 0.4, 0.3]), &[2, 0, 1]);
        assert_eq!(names(&all), ["2", "0", "1", "3"]);
        assert_eq!(all.iter().map(|one| one.fused.score).collect::<Vec<_>>(), [0.9, 0.5, 0.4, 0.3]);
    }

    #[test]
    fn a_model_reads_where_a_piece_stands_and_what_was_asked_once() {
        let mut one = article("a", Audience::Public, &["Within 30 days."]);
        let piece = &mut one.pieces[0];
        piece.loaded.chunk.place.heading_path = vec!["Returns".to_owned(), "Bikes".to_owned()];
        assert_eq!(text(piece), "Returns\nBikes\nWithin 30 days.");
        piece.loaded.chunk.kind = Kind::LearnedAnswer;
        piece.loaded.chunk.search_text = "How long may I return it?".to_owned();
        assert_eq!(text(piece), "How long may I return it?\nWithin 30 days.");
    }

    proptest! {
        #[test]
        fn nothing_comes_twice_and_nothing_is_lost(count in 1..9_usize, sent in 0..9_usize, seed in any::<u64>()) {
            let mut order: Vec<usize> = (0..sent.min(count)).collect();
            order.sort_by_key(|at| seed.rotate_left(u32::try_from(*at).unwrap() * 7));
            let scores: Vec<f32> = (0..count).map(|at| 1.0 - at as f32 / 10.0).collect();
            let all = ordered(candidates(&scores), &order);
            let mut found = names(&all);
            prop_assert!(found.iter().zip(&order).all(|(name, at)| *name == at.to_string()));
            prop_assert!(all.windows(2).all(|pair| pair[0].fused.score >= pair[1].fused.score));
            found.sort_unstable();
            prop_assert_eq!(found, (0..count).map(|at| at.to_string()).collect::<Vec<_>>());
        }
    }
}
