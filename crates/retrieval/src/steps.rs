//! Steps make sense whole. Where a piece was cut in the middle of a list of them, the pieces beside it are loaded too.

use std::collections::{HashMap, HashSet};

use domain::evidence::{Found, Why};
use domain::{ChunkId, Kind};
use identity::Scope;
use store::LoadedChunk;

use crate::find::{Error, Retrieval};
use crate::gather::Gathered;

/// How many pieces away steps may begin or end.
const REACH: u32 = 2;
/// Most pieces that are added to the evidence for a question.
const MOST: usize = 4;

/// The two sides of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl Retrieval {
    /// Adds the pieces in which the steps of kept articles begin or go on, each behind the piece that it belongs to;
    /// those of the best pieces first. The store is asked once, and not at all where no list of steps is cut.
    pub(crate) async fn complete(&self, scope: &Scope, gathered: &mut Gathered) -> Result<(), Error> {
        let wanted: Vec<ChunkId> = gathered.kept.iter().flat_map(beside).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let loaded = self.store.load_chunks(scope, &wanted).await?.chunks;
        let loaded = loaded.into_iter().map(|one| (one.chunk.id, one)).collect();
        add(gathered, &loaded);
        Ok(())
    }
}

/// Returns the pieces in which the steps of a piece may begin or go on.
fn beside(found: &Found) -> Vec<ChunkId> {
    if found.chunk.kind != Kind::Article {
        return Vec::new();
    }
    let body = &found.chunk.body;
    let goes_on = last_step(body).map(|_| Side::After);
    let began = first_step(body).filter(|first| *first > 1).map(|_| Side::Before);
    let sides = [began, goes_on].into_iter().flatten();
    sides.flat_map(|side| (1..=REACH).filter_map(move |away| at(found, side, away))).collect()
}

fn at(found: &Found, side: Side, away: u32) -> Option<ChunkId> {
    let position = match side {
        Side::Before => found.chunk.position.checked_sub(away),
        Side::After => found.chunk.position.checked_add(away),
    };
    position.map(|position| ChunkId::derive(found.chunk.version, position))
}

/// Adds what belongs to the kept pieces.
fn add(gathered: &mut Gathered, loaded: &HashMap<ChunkId, LoadedChunk>) {
    let mut all: Vec<Found> = Vec::with_capacity(gathered.kept.len());
    let mut held: HashSet<ChunkId> = gathered.kept.iter().map(|found| found.chunk.id).collect();
    // What another document says as well is not said twice.
    let full = |found: &&Found| found.why == Why::DocumentFull;
    let copies: HashSet<ChunkId> =
        gathered.dropped.iter().filter(|found| !full(found)).map(|found| found.chunk.id).collect();
    let mut added: HashSet<ChunkId> = HashSet::new();
    for found in std::mem::take(&mut gathered.kept) {
        let mut more = Vec::new();
        for side in [Side::Before, Side::After] {
            let mut body = found.chunk.body.as_str();
            for away in 1..=REACH {
                let Some(next) = at(&found, side, away).and_then(|id| loaded.get(&id)) else { break };
                let runs = match side {
                    Side::Before => runs_on(&next.chunk.body, body),
                    Side::After => runs_on(body, &next.chunk.body),
                };
                if !runs || copies.contains(&next.chunk.id) {
                    break;
                }
                body = &next.chunk.body;
                if added.len() < MOST && held.insert(next.chunk.id) {
                    added.insert(next.chunk.id);
                    more.push(beside_of(&found, next));
                }
            }
        }
        all.push(found);
        all.extend(more);
    }
    gathered.kept = all;
    gathered.dropped.retain(|found| !added.contains(&found.chunk.id));
}

fn beside_of(found: &Found, next: &LoadedChunk) -> Found {
    Found {
        chunk: next.chunk.clone(),
        title: next.title.clone(),
        url: next.url.clone(),
        external_id: next.external_id.clone(),
        score: found.score,
        cosine: None,
        bm25: None,
        why: Why::Continues,
    }
}

/// Reports whether a list of steps goes on from one piece to the next, which may repeat some of them.
fn runs_on(before: &str, after: &str) -> bool {
    let (last, first) = (last_step(before), first_step(after));
    last.zip(first).is_some_and(|(last, first)| 1 < first && first <= last + 1)
}

/// Returns the number of the step that a text begins with.
fn first_step(text: &str) -> Option<u32> {
    number(text.trim_start().lines().next()?)
}

/// Returns the number of the step that a text ends with: in its last paragraph, the last one.
fn last_step(text: &str) -> Option<u32> {
    let lines = text.trim_end().lines().rev();
    let mut paragraph = lines.take_while(|line| !line.trim().is_empty() && !line.starts_with('#'));
    paragraph.find_map(number)
}

/// Returns the number of the step that a line begins.
fn number(line: &str) -> Option<u32> {
    let line = line.trim_start();
    let digits = line.find(|c: char| !c.is_ascii_digit()).filter(|digits| (1..=3).contains(digits))?;
    let is_step = line[digits..].starts_with(". ") || line[digits..].starts_with(") ");
    line[..digits].parse().ok().filter(|_| is_step)
}

#[cfg(test)]
mod tests {
    use domain::Audience;
    use store::LoadedChunk;

    use super::*;
    use crate::gather::{fixture, gather};

    const PARTS: [&str; 4] = [
        "To pair the phone:\n\n1. Switch the bike on.\n2. Hold M for five seconds.",
        "2. Hold M for five seconds.\n3. Type the number.\n   It is on the display.",
        "4. Wait for the tone.\n\n5. Ride.",
        "1. Open the app.\n2. Tap Part.",
    ];

    /// Keeps pieces at some positions and loads all others.
    fn completed(keep: &[usize], parts: &[&str]) -> Vec<(u32, Why)> {
        let all = fixture::article("a", Audience::Public, parts).pieces;
        let mut gathered = gather(vec![fixture::article("a", Audience::Public, parts)], 8);
        let kept: Vec<Found> = gathered.kept.clone();
        gathered.kept = keep.iter().map(|at| kept[*at].clone()).collect();
        gathered.dropped.clear();
        let wanted: HashSet<ChunkId> = gathered.kept.iter().flat_map(beside).collect();
        let loaded: HashMap<ChunkId, LoadedChunk> =
            all.into_iter().map(|piece| piece.loaded).map(|one| (one.chunk.id, one)).collect();
        let loaded = loaded.into_iter().filter(|(id, _)| wanted.contains(id)).collect();
        add(&mut gathered, &loaded);
        gathered.kept.iter().map(|found| (found.chunk.position, found.why)).collect()
    }

    #[test]
    fn steps_that_are_cut_in_two_are_made_whole() {
        let (kept, more) = (Why::WordsAndMeaning, Why::Continues);
        assert_eq!(completed(&[0], &PARTS), [(0, kept), (1, more), (2, more)]);
        assert_eq!(completed(&[1], &PARTS), [(1, kept), (0, more), (2, more)]);
        assert_eq!(completed(&[2, 0], &PARTS), [(2, kept), (1, more), (0, kept)]);
        assert_eq!(completed(&[3], &PARTS), [(3, kept)], "a list that begins is no rest of another");
    }

    #[test]
    fn what_is_no_cut_list_stays_as_it_is() {
        let kept = Why::WordsAndMeaning;
        let parts = ["1. Open it.\n2. Close it.\n\nIt beeps.", "3. Wait.\n\nThen ride.", "Then walk."];
        assert_eq!(completed(&[0], &parts), [(0, kept)]);
        let parts = ["1. Open it.\n2. Close it.", "9. Wait.\n10. Ride."];
        assert_eq!(completed(&[0], &parts), [(0, kept)], "steps between them are missing");
        let prose = ["It opens.", "It closes.", "In 2024 it was new."];
        assert_eq!(completed(&[0, 2], &prose), [(0, kept), (2, kept)]);
        let parts = ["1. Open it.\n2. Close it.\n## Care", "4. Wait.", "5. Ride."];
        assert_eq!(completed(&[0], &parts), [(0, kept)]);
    }

    #[test]
    fn no_more_is_added_than_the_evidence_bears() {
        let parts: Vec<String> = (1..9).map(|number| format!("{number}. Turn screw {number}.")).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let positions: Vec<u32> = completed(&[4, 0], &parts).iter().map(|(at, _)| *at).collect();
        assert_eq!(positions, [4, 3, 2, 5, 6, 0]);
    }

    #[test]
    fn what_a_better_piece_has_said_is_not_added_again() {
        let mut gathered = gather(vec![fixture::article("a", Audience::Public, &PARTS[..1])], 8);
        let loaded: HashMap<ChunkId, LoadedChunk> = fixture::article("a", Audience::Public, &PARTS)
            .pieces
            .into_iter()
            .map(|piece| (piece.loaded.chunk.id, piece.loaded))
            .collect();
        let copy = beside_of(&gathered.kept[0], loaded.values().find(|one| one.chunk.position == 1).unwrap());
        gathered.dropped.push(Found { why: Why::Duplicate, ..copy.clone() });
        add(&mut gathered, &loaded);
        assert_eq!((gathered.kept.len(), gathered.dropped.len()), (1, 1));
        gathered.dropped[0].why = Why::DocumentFull;
        add(&mut gathered, &loaded);
        assert_eq!(
            (gathered.kept.len(), gathered.dropped.len()),
            (3, 0),
            "what was dropped for want of room is kept"
        );
    }
}
