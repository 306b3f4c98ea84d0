//! A reranker that runs on this machine: a cross-encoder, which reads question and text together and gives one score.
//!
//! Pairs run in small batches of about the same length, each batch on one thread, several side by side. Nothing
//! leaves the machine.

mod batches;
mod files;
mod scorer;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::{Folder, Info, Ranked, Reranker};
use crate::Error;
use crate::lanes::{Lane, Lanes};
use batches::batches;
use files::Files;
use scorer::{Pair, Scorer};

/// How many texts one visit to a thread makes pairs of.
const VISIT: usize = 32;

/// A cross-encoder in ONNX form or in that of rten, run by rten.
pub struct Local {
    info: Info,
    scorer: Arc<Scorer>,
    lanes: Arc<Lanes>,
    threads: NonZeroUsize,
    whole: Duration,
}

impl Local {
    /// Reads and checks the files of a folder, loads them, and runs the model once.
    ///
    /// This reads and hashes all of the model: call it at the start, not in a request.
    ///
    /// # Errors
    /// [`Error::RerankerUnfit`] names the folder, what is wrong with it and what was expected; [`Error::Malformed`]
    /// names a setting that makes no sense.
    pub fn open(config: &Folder) -> Result<Self, Error> {
        if let Some((key, value, allowed)) = config.wrong() {
            let model = config.folder.display().to_string();
            return Err(Error::Malformed {
                model,
                why: format!("`{key}` is `{value}`; allowed is {allowed}"),
            });
        }
        let unfit = |why| Error::RerankerUnfit { folder: config.folder.clone(), why };
        let files = Files::find(&config.folder).map_err(unfit)?;
        let scorer = Scorer::load(&files, config.max_tokens).map_err(unfit)?;
        let threads = config.threads.or_else(|| std::thread::available_parallelism().ok());
        let threads = threads.unwrap_or(NonZeroUsize::MIN);
        let lanes = Lanes::new(threads);
        // Running it finds a model that does not fit before any question does.
        lanes.now(|lane| scorer.probe(lane)).map_err(unfit)?;
        let model = format!("{}@{}", files.name(), files.checksum(scorer.max_tokens()).map_err(unfit)?);
        let info = Info { model, host: None, most: config.candidates };
        let whole = Duration::from_millis(config.timeout_ms);
        Ok(Self { info, scorer: Arc::new(scorer), lanes: Arc::new(lanes), threads, whole })
    }

    /// Returns the scores of all texts, in their order.
    async fn scores(&self, question: &str, texts: &[String]) -> Result<Vec<f32>, Error> {
        let pair = |texts: &[String]| {
            let (scorer, question, texts) = (self.scorer.clone(), question.to_owned(), texts.to_vec());
            let model = self.info.model.clone();
            move |_: &Lane| {
                let pairs: Result<Vec<_>, _> =
                    texts.iter().map(|text| scorer.pair(&question, text)).collect();
                pairs.map_err(|why| Error::Malformed { model, why })
            }
        };
        let pairs: Vec<Pair> =
            self.lanes.each(texts.chunks(VISIT), pair).await?.into_iter().flatten().collect();

        let lengths: Vec<usize> = pairs.iter().map(Pair::len).collect();
        let batches = batches(&lengths, self.threads, self.scorer.padding());
        let pairs = Arc::new(pairs);
        let score = |batch: &Vec<usize>| {
            let (scorer, pairs, batch) = (self.scorer.clone(), pairs.clone(), batch.clone());
            let model = self.info.model.clone();
            move |lane: &Lane| {
                let batch: Vec<&Pair> = batch.iter().map(|at| &pairs[*at]).collect();
                scorer.score(lane, &batch).map_err(|why| Error::Malformed { model, why })
            }
        };
        let found = self.lanes.each(batches.iter(), score).await?;
        let mut scores = vec![0.0; texts.len()];
        for (at, score) in batches.iter().flatten().zip(found.into_iter().flatten()) {
            scores[*at] = score;
        }
        Ok(scores)
    }
}

#[async_trait]
impl Reranker for Local {
    fn info(&self) -> &Info {
        &self.info
    }

    async fn rerank(&self, question: &str, texts: &[String]) -> Result<Vec<Ranked>, Error> {
        let Ok(scores) = timeout(self.whole, self.scores(question, texts)).await else {
            let model = self.info.model.clone();
            return Err(Error::TooSlow { model, stage: "put texts in order", after: self.whole });
        };
        let scores = scores?.into_iter().enumerate();
        let mut ranked: Vec<Ranked> = scores.map(|(index, score)| Ranked { index, score }).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.index.cmp(&b.index)));
        Ok(ranked)
    }
}
