//! Text to lexical vectors: words, cut to their stems in the way of their language, weighted by BM25.
//!
//! A chunk is cut in the way of its own language. A question is cut in the way of every language the tenant
//! has text in, because a word that two languages share ("Akku defekt error 42") has two stems. What is a
//! stop word in the question's own language is left out of all of them: a German "die" must not find English
//! texts about death. Scripts that write no blanks between words are cut into pairs of characters, whatever
//! the language is said to be: short texts and long ones are then cut alike.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Chunk, Language};
use qdrant_edge::SparseVector;
use qdrant_edge::bm25_embed::{EdgeBm25, EdgeBm25Config};
use serde_json::json;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;

/// Changes whenever the same text gives another vector.
pub(crate) const VERSION: u64 = 2;
/// How soon a repeated word stops to count.
pub(crate) const K1: f64 = 1.2;
/// How much a long text is discounted.
pub(crate) const B: f64 = 0.75;
/// The length of a text, in words that are no stop words, as long as none has been fitted.
pub(crate) const USUAL_LENGTH: f64 = 90.0;
/// In how many languages a question is cut at most.
const MOST_LANGUAGES: usize = 5;
/// How many different words of a question count; more make it slower and no better.
const MOST_WORDS: usize = 200;

mod grams;

pub(crate) use grams::weight;

/// A way to cut a text, named by a language the engine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Manner {
    /// Words at blanks and punctuation, with stop words and, where there is one, a stemmer.
    Words(&'static str),
    /// The same without stop words and stemmer, for languages the engine knows nothing of.
    Plain,
}

/// The languages whose stop words the engine knows.
const KNOWN: [&str; 27] = [
    "ar", "az", "bn", "ca", "da", "de", "el", "en", "es", "eu", "fi", "fr", "he", "hu", "id", "it", "kk",
    "ne", "nl", "no", "pt", "ro", "ru", "sl", "sv", "tg", "tr",
];

impl Manner {
    fn of(language: Language) -> Self {
        match language.code() {
            // Nobody could tell: mostly a few words or a code, in which English does the least harm.
            "und" => Self::Words("en"),
            "nb" | "nn" => Self::Words("no"),
            code => KNOWN.into_iter().find(|known| *known == code).map_or(Self::Plain, Self::Words),
        }
    }

    /// Returns the settings of the engine; its type has parts that can be written in no other way.
    fn config(self, k1: f64, b: f64, average_length: f64) -> Result<EdgeBm25Config, Error> {
        // The engine knows no stemmer for "he", and without its stop words nothing is left out.
        let language = if let Self::Words(language) = self { language } else { "he" };
        let mut config = json!({ "k": k1, "b": b, "avg_len": average_length, "language": language });
        if self == Self::Plain {
            config["stopwords"] = json!({ "languages": [] });
        }
        serde_json::from_value(config).map_err(|error| Error::Engine(error.to_string()))
    }

    fn model(self, k1: f64, b: f64, average_length: f64) -> Result<EdgeBm25, Error> {
        EdgeBm25::new(self.config(k1, b, average_length)?).map_err(|error| Error::Engine(error.to_string()))
    }
}

/// A question, cut.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// For each word of the question the terms it becomes, by language.
    pub(crate) words: Vec<Vec<Vec<u32>>>,
    /// The pieces of all its words, sorted, each once.
    pub(crate) grams: Vec<u32>,
}

impl Analysis {
    /// Returns all terms, sorted, each once.
    pub(crate) fn terms(&self) -> Vec<u32> {
        let words = self.words.iter().flatten().flatten();
        let terms: BTreeSet<u32> = words.chain(&self.grams).copied().collect();
        terms.into_iter().collect()
    }
}

/// Makes lexical vectors for one tenant.
#[derive(Debug)]
pub(crate) struct Analyser {
    average_length: f64,
    models: Mutex<HashMap<Manner, Arc<EdgeBm25>>>,
}

impl Analyser {
    /// Makes an analyser for texts that are `average_length` words long on average.
    pub(crate) fn new(average_length: f64) -> Self {
        Self { average_length, models: Mutex::default() }
    }

    fn model(&self, manner: Manner) -> Result<Arc<EdgeBm25>, Error> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models.get(&manner) {
            return Ok(Arc::clone(model));
        }
        let model = Arc::new(manner.model(K1, B, self.average_length)?);
        models.insert(manner, Arc::clone(&model));
        Ok(model)
    }

    /// Returns the lexical vector of a chunk.
    pub(crate) fn document(&self, chunk: &Chunk) -> Result<SparseVector, Error> {
        let text = prepared(&chunk.search_text);
        let model = self.model(Manner::of(chunk.language))?;
        let mut vector = model.embed_document(&text);
        let is_stop = |word: &str| model.embed_query(word).indices.is_empty();
        let pieces = grams::weigh(&text, chunk.language, is_stop, self.average_length);
        vector.indices.extend(pieces.iter().map(|(term, _)| *term));
        vector.values.extend(pieces.iter().map(|(_, weight)| *weight));
        Ok(vector)
    }

    /// Cuts a question in the ways of `present`, the languages of the tenant's texts, most frequent first.
    pub(crate) fn question(
        &self,
        text: &str,
        language: Language,
        present: &[(Language, usize)],
    ) -> Result<Analysis, Error> {
        let mut manners = BTreeSet::new();
        if present.iter().any(|(known, _)| *known == language) {
            manners.insert(Manner::of(language));
        }
        for (known, _) in present {
            if manners.len() < MOST_LANGUAGES {
                manners.insert(Manner::of(*known));
            }
        }
        let own = language.is_known().then(|| self.model(Manner::of(language))).transpose()?;
        let models = manners.into_iter().map(|manner| self.model(manner)).collect::<Result<Vec<_>, _>>()?;

        let text = prepared(text);
        let mut words = Vec::new();
        let mut seen = BTreeSet::new();
        for word in text.split_whitespace().filter(|word| seen.insert(*word)) {
            if own.as_ref().is_some_and(|own| own.embed_query(word).indices.is_empty()) {
                continue;
            }
            let cut: Vec<Vec<u32>> = models.iter().map(|model| model.embed_query(word).indices).collect();
            if cut.iter().any(|terms| !terms.is_empty()) {
                words.push(cut);
            }
            if words.len() == MOST_WORDS {
                break;
            }
        }
        let is_stop = |word: &str| own.as_ref().is_some_and(|own| own.embed_query(word).indices.is_empty());
        let grams = grams::of_question(&text, language, is_stop);
        Ok(Analysis { words, grams })
    }
}

/// Returns `text` in one form of Unicode, with blanks where the engine should cut.
fn prepared(text: &str) -> String {
    let mut prepared = String::with_capacity(text.len());
    let mut run: Vec<char> = Vec::new();
    for c in text.nfkc() {
        if is_unspaced(c) {
            run.push(c);
        } else {
            cut(&mut run, &mut prepared);
            prepared.push(c);
        }
    }
    cut(&mut run, &mut prepared);
    prepared
}

/// Appends the pairs of neighbours in `run`, or its only character, between blanks.
fn cut(run: &mut Vec<char>, into: &mut String) {
    if run.is_empty() {
        return;
    }
    for pair in run.windows(run.len().min(2)) {
        into.push(' ');
        into.extend(pair);
    }
    into.push(' ');
    run.clear();
}

/// Reports whether `c` belongs to a script in which blanks do not tell words apart.
fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        0x0e00..=0x0eff // Thai, Lao
            | 0x1000..=0x109f // Burmese
            | 0x1780..=0x17ff // Khmer
            | 0x3041..=0x30ff // Japanese syllables
            | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff // Chinese characters
            | 0xac00..=0xd7af // Korean syllables
            | 0x2_0000..=0x3_ffff // rare Chinese characters
    )
}

/// Returns how many words, stop words apart, `chunks` have on average; `None` without any.
pub(crate) fn average_length<'a>(chunks: impl Iterator<Item = &'a Chunk>) -> Result<Option<f64>, Error> {
    // With b = 0 and a huge k1 the weight of a word is how often it occurs: n (k1 + 1) / (n + k1).
    const COUNTING: f64 = 1e9;
    let mut models: HashMap<Manner, EdgeBm25> = HashMap::new();
    let (mut texts, mut words) = (0.0, 0.0);
    for chunk in chunks {
        let manner = Manner::of(chunk.language);
        let model = match models.entry(manner) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(manner.model(COUNTING, 0.0, 1.0)?),
        };
        let text = prepared(&chunk.search_text);
        let length: f32 = model.embed_document(&text).values.iter().sum();
        words += f64::from(length);
        texts += 1.0;
    }
    Ok((texts > 0.0).then(|| (words / texts).max(1.0)))
}

#[cfg(test)]
mod tests;
