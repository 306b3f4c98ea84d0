//! Pieces of one document that stand next to each other, read as one passage.
//!
//! A document is cut into pieces that overlap, wherever their size demands it: also in the middle of a list of steps.
//! Whoever reads them one by one reads the overlap twice and loses what hangs together. Every sentence still says
//! in which piece it stands, for that is what a draft cites.

use domain::ChunkId;
use domain::evidence::Found;

use crate::extract::quotable;
use crate::sentences::Sentence;

/// Reports whether one piece begins where another ends.
pub(crate) fn follows(before: &Found, after: &Found) -> bool {
    let (before, after) = (&before.chunk, &after.chunk);
    before.version == after.version && before.position.checked_add(1) == Some(after.position)
}

/// Returns how many sentences at the beginning of the piece that follows were said at the end of the one before.
pub(crate) fn overlap(before: &[Sentence], after: &[Sentence]) -> usize {
    let is_said = |count: &usize| {
        let end = &before[before.len() - count..];
        end.iter().zip(after).all(|(one, other)| one.text == other.text)
    };
    (1..=before.len().min(after.len())).rev().find(is_said).unwrap_or(0)
}

/// Returns the same where the first of these sentences may have lost its beginning to the piece before.
fn overlap_or_rest(before: &[Sentence], after: &[Sentence]) -> usize {
    let is_rest = |whole: &Sentence, rest: &Sentence| {
        let start = whole.text.strip_suffix(&rest.text);
        !rest.is_item && start.is_some_and(|start| !start.ends_with(char::is_alphanumeric))
    };
    let is_said = |count: &usize| {
        let end = &before[before.len() - count..];
        is_rest(&end[0], &after[0]) && overlap(&end[1..], &after[1..*count]) == count - 1
    };
    let rest = (1..=before.len().min(after.len())).rev().find(is_said).unwrap_or(0);
    overlap(before, after).max(rest)
}

/// Leaves out of a piece what its neighbours say, which are given already.
pub(crate) fn unsaid<'a>(
    found: &Found,
    mut sentences: Vec<Sentence>,
    given: impl Iterator<Item = (&'a Found, &'a [Sentence])>,
) -> Vec<Sentence> {
    for (other, said) in given {
        if follows(other, found) {
            sentences.drain(..overlap_or_rest(said, &sentences));
        } else if follows(found, other) {
            sentences.truncate(sentences.len() - overlap(&sentences, said));
        }
    }
    sentences
}

/// Returns the order in which pieces are read: each where it stands, but those that stand next to each other in their
/// document together, at the place of the first that comes, and in the order of the document.
pub(crate) fn reading_order(pieces: &[&Found]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(pieces.len());
    for at in 0..pieces.len() {
        if order.contains(&at) {
            continue;
        }
        let mut first = at;
        while let Some(before) = pieces.iter().position(|piece| follows(piece, pieces[first])) {
            first = before;
        }
        let mut next = Some(first);
        while let Some(at) = next {
            order.push(at);
            next = pieces.iter().position(|piece| follows(pieces[at], piece));
        }
    }
    order
}

/// Puts pieces of one document, which come in its order, together: what may be quoted of them, with the piece in which it
/// stands. Nothing is said twice, save steps: each list needs its own.
pub(crate) fn joined(pieces: &[&Found]) -> (Vec<Sentence>, Vec<ChunkId>) {
    let (mut all, mut chunks): (Vec<Sentence>, Vec<ChunkId>) = (Vec::new(), Vec::new());
    let mut last: Option<(&Found, Vec<Sentence>)> = None;
    for found in pieces {
        let said = quotable(found);
        let before = last.as_ref().filter(|(before, _)| follows(before, found)).map(|(_, said)| said);
        let overlap = before.map_or(0, |before| overlap_or_rest(before, &said));
        let runs_on = overlap > 0 || before.is_some_and(|before| is_next_step(before, &said));
        let end = all.last().map(|end| end.block);
        // A paragraph or list that is cut in two is one.
        let (from, anchor) = match end {
            Some(end) if runs_on => (end, said.get(overlap.saturating_sub(1)).map_or(0, |one| one.block)),
            Some(end) => (end + 2, 0),
            None => (0, 0),
        };
        for sentence in said.iter().skip(overlap) {
            let is_known = all.iter().any(|known| known.text == sentence.text);
            if !is_known || sentence.is_step() {
                let block = from + sentence.block.saturating_sub(anchor);
                all.push(Sentence { block, ..sentence.clone() });
                chunks.push(found.chunk.id);
            }
        }
        last = Some((found, said));
    }
    (all, chunks)
}

/// Reports whether a piece begins with the step behind the one that the piece before ends with.
fn is_next_step(before: &[Sentence], after: &[Sentence]) -> bool {
    let number = |sentence: &Sentence| sentence.step();
    let (last, first) = (before.last().and_then(number), after.first().and_then(number));
    last.zip(first).is_some_and(|(last, first)| last.checked_add(1) == Some(first))
}

#[cfg(test)]
mod tests {
    use domain::Kind;
    use domain::evidence::Why;
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::chunk;

    fn piece(position: u32, body: &str) -> Found {
        Found {
            chunk: chunk("a", position, Kind::Article, body),
            title: String::new(),
            url: None,
            external_id: "a".to_owned(),
            score: 1.0,
            cosine: None,
            bm25: None,
            why: Why::Words,
        }
    }

    fn texts(pieces: &[&Found]) -> Vec<(String, u32)> {
        let (sentences, chunks) = joined(pieces);
        let place =
            |chunk: ChunkId| pieces.iter().find(|piece| piece.chunk.id == chunk).unwrap().chunk.position;
        sentences.into_iter().zip(chunks).map(|(one, chunk)| (one.text, place(chunk))).collect()
    }

    #[test]
    fn an_overlap_is_said_once_by_the_piece_that_says_it_first() {
        let (one, two) =
            (piece(0, "Open it. Wipe it dry. Close it."), piece(1, "Wipe it dry. Close it. Turn it on."));
        let expected = [("Open it.", 0), ("Wipe it dry.", 0), ("Close it.", 0), ("Turn it on.", 1)];
        let expected = expected.map(|(text, place)| (text.to_owned(), place));
        assert_eq!(texts(&[&one, &two]), expected);
        let rest = piece(1, "it dry. Close it. Turn it on.");
        assert_eq!(texts(&[&one, &rest]), expected, "nor is a half sentence said");
    }

    #[test]
    fn the_rest_of_a_word_is_no_overlap() {
        let (one, two) = (piece(0, "Open it. Press unlock."), piece(1, "lock. Wait."));
        assert_eq!(texts(&[&one, &two]).len(), 4);
    }

    #[test]
    fn steps_that_are_cut_in_two_stay_in_one_list() {
        let blocks = |two: &str| -> Vec<usize> {
            let (one, two) = (piece(0, "To pair:\n\n1. Switch it on.\n2. Hold M."), piece(1, two));
            joined(&[&one, &two]).0.iter().map(|sentence| sentence.block).collect()
        };
        assert_eq!(blocks("3. Type the number.\n4. Wait."), [0, 1, 1, 1, 1]);
        assert_eq!(blocks("2. Hold M.\n3. Type the number.\n\nIt beeps."), [0, 1, 1, 1, 2]);
        assert_eq!(blocks("1. Another list.\n2. Its end."), [0, 1, 1, 3, 3]);
    }

    #[test]
    fn every_list_has_all_its_steps() {
        let body = "To pair:\n\n1. Open the app.\n2. Tap Pair.\n\nTo part:\n\n1. Open the app.\n2. Tap Part.";
        assert_eq!(joined(&[&piece(0, body)]).0.len(), 6);
    }

    #[test]
    fn neighbours_are_read_together_in_the_order_of_the_document() {
        let pieces = [piece(4, "E."), piece(1, "B."), piece(5, "F."), piece(0, "A."), piece(7, "H.")];
        let pieces: Vec<&Found> = pieces.iter().collect();
        assert_eq!(reading_order(&pieces), [0, 2, 3, 1, 4]);
    }

    proptest! {
        /// However a text is cut and however the pieces overlap, together they say the text.
        #[test]
        fn pieces_say_together_what_the_text_says(
            words in prop::collection::vec("x[a-z]{3,6}", 2..20),
            cuts in prop::collection::vec((1..5_usize, 0..3_usize), 1..8),
        ) {
            let sentences: Vec<String> =
                words.iter().enumerate().map(|(at, word)| format!("Sentence {at} has {word}.")).collect();
            let (mut pieces, mut from, mut last) = (Vec::new(), 0_usize, 0_usize);
            for (take, back) in cuts.iter().cycle() {
                let end = (from + take).min(sentences.len());
                let start = from - last.min(*back);
                pieces.push(piece(u32::try_from(pieces.len()).unwrap(), &sentences[start..end].join(" ")));
                (from, last) = (end, *take);
                if from == sentences.len() {
                    break;
                }
            }
            let together = texts(&pieces.iter().collect::<Vec<_>>());
            let said: Vec<String> = together.iter().map(|(text, _)| text.clone()).collect();
            prop_assert_eq!(&said, &sentences);
            for (text, place) in together {
                prop_assert!(pieces[place as usize].chunk.body.contains(&text));
            }
            // As it is given to models, one piece after the other, in whatever order.
            let mut given: Vec<(&Found, Vec<Sentence>)> = Vec::new();
            for found in pieces.iter().rev() {
                let known = given.iter().map(|(found, said)| (*found, said.as_slice()));
                let rest = unsaid(found, quotable(found), known);
                given.push((found, rest));
            }
            let all: Vec<&Found> = given.iter().map(|(found, _)| *found).collect();
            let read = reading_order(&all).into_iter().flat_map(|at| given[at].1.clone());
            prop_assert_eq!(read.map(|one| one.text).collect::<Vec<_>>(), sentences);
        }
    }
}
