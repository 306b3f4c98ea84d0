//! What of the candidates is kept as evidence, and why the rest is not.

use std::collections::HashMap;

use domain::evidence::{Found, Why};
use domain::{Audience, Chunk, ChunkId};

use crate::near::Said;
use crate::search::{Candidate, Piece};

/// Most pieces of one document that are kept.
const PER_DOCUMENT: usize = 2;
/// Most pieces of the best document that are kept: an answer often stands beside the piece that matches best, as
/// the entry of a list does.
const OF_THE_BEST: usize = 8;
/// From this cosine on a piece is said to match by meaning too.
const MEANS: f32 = 0.3;

/// What was kept, best first, and what was dropped.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) kept: Vec<Found>,
    pub(crate) dropped: Vec<Found>,
    /// What each of the kept says.
    said: Vec<Said>,
    /// Who said a text first, by brand and text.
    bodies: HashMap<(Option<String>, String), ChunkId>,
}

/// Returns from how many documents, the best ones, about `keep` pieces are taken.
pub(crate) fn considered(keep: usize) -> usize {
    keep * 2
}

/// Keeps about `keep` pieces of the candidates, which come best first; more only of the very best document.
pub(crate) fn gather(candidates: Vec<Candidate>, keep: usize) -> Gathered {
    let mut gathered = Gathered::default();
    let mut beyond = 0;
    for (place, candidate) in candidates.into_iter().take(considered(keep)).enumerate() {
        let (score, pieces) = (candidate.score(), candidate.pieces);
        let most = if place == 0 { OF_THE_BEST } else { PER_DOCUMENT };
        for (rank, piece) in pieces.into_iter().enumerate() {
            let chunk = &piece.loaded.chunk;
            let body: String = chunk.body.to_lowercase().split_whitespace().collect();
            let first = *gathered.bodies.entry((chunk.applicability.brand.clone(), body)).or_insert(chunk.id);
            if first != chunk.id {
                gathered.fold_exact(found(piece, score), first);
            } else if rank >= most {
                gathered.leave_out(found(piece, score), Why::DocumentFull);
            } else {
                let is_beyond = usize::from(rank >= PER_DOCUMENT);
                let has_room = gathered.kept.len() < keep + beyond + is_beyond;
                if !has_room || gathered.add(found(piece, score)) {
                    beyond += is_beyond;
                }
            }
        }
    }
    gathered
}

impl Gathered {
    fn leave_out(&mut self, found: Found, why: Why) {
        self.dropped.push(Found { why, ..found });
    }

    fn keep(&mut self, found: Found, says: Said) {
        self.kept.push(found);
        self.said.push(says);
    }

    /// Keeps a piece in place of one that it is a copy of.
    fn replace(&mut self, at: usize, found: Found, says: Said, why: Why) {
        self.said.remove(at);
        let hidden = self.kept.remove(at);
        self.leave_out(hidden, why);
        self.keep(found, says);
    }

    /// Drops what another piece has said word for word, or that piece where this one may be shown to more people.
    fn fold_exact(&mut self, found: Found, first: ChunkId) {
        let hidden = self.like(&found).find(|(_, kept, _)| kept.chunk.id == first && is_wider(&found, kept));
        match hidden.map(|(at, ..)| at) {
            Some(at) => {
                let says = said(&found);
                self.replace(at, found, says, Why::Duplicate);
            }
            None => self.leave_out(found, Why::Duplicate),
        }
    }

    /// Keeps a piece unless it is nearly a copy of one that is kept. Returns whether there is one piece more.
    fn add(&mut self, found: Found) -> bool {
        let says = said(&found);
        let is_shown = |kept: &Found| kept.chunk.audience == found.chunk.audience || is_wider(kept, &found);
        if self.like(&found).any(|(_, kept, known)| is_shown(kept) && known.holds(&says)) {
            self.leave_out(found, Why::NearDuplicate);
            return false;
        }
        let hidden = self.like(&found).find(|(_, kept, known)| is_wider(&found, kept) && says.holds(known));
        match hidden.map(|(at, ..)| at) {
            Some(at) => {
                self.replace(at, found, says, Why::NearDuplicate);
                false
            }
            None => {
                self.keep(found, says);
                true
            }
        }
    }

    /// Returns what is kept and may stand for a piece or the other way round, with its place and what it says.
    fn like<'a>(&'a self, found: &'a Found) -> impl Iterator<Item = (usize, &'a Found, &'a Said)> {
        let all = self.kept.iter().zip(&self.said).enumerate().map(|(at, (kept, says))| (at, kept, says));
        all.filter(|(_, kept, _)| is_same_kind(&kept.chunk, &found.chunk))
    }
}

/// Reports whether two pieces are of the same kind, for the same customers, in the same language, and lead to the
/// same: only then one may stand for the other.
fn is_same_kind(one: &Chunk, other: &Chunk) -> bool {
    one.kind == other.kind
        && one.applicability == other.applicability
        && one.language == other.language
        && one.leads_to == other.leads_to
}

/// Reports whether everybody may see the one, and not everybody the other.
fn is_wider(one: &Found, other: &Found) -> bool {
    one.chunk.audience == Audience::Public && other.chunk.audience != Audience::Public
}

fn said(found: &Found) -> Said {
    Said::read(&found.title, &found.chunk.place.heading_path, &found.chunk.body)
}

/// Returns a piece as evidence that is kept for how it was found.
pub(crate) fn found(piece: Piece, score: f32) -> Found {
    let words = piece.bm25.is_some_and(|bm25| bm25 > 0.0);
    let meaning = piece.cosine.is_some_and(|cosine| cosine >= MEANS);
    let why = match (words, meaning) {
        (true, true) => Why::WordsAndMeaning,
        (true, false) => Why::Words,
        (false, _) => Why::Meaning,
    };
    Found {
        chunk: piece.loaded.chunk,
        title: piece.loaded.title,
        url: piece.loaded.url,
        external_id: piece.loaded.external_id,
        score,
        cosine: piece.cosine,
        bm25: piece.bm25,
        why,
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
