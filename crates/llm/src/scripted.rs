//! An embedder for tests: fast, repeatable, and near for texts that share words.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::vector::normalise;
use crate::{Embedder, Error, ModelInfo, Role};

/// Embeds by hashing words and word pairs into a few hundred numbers.
#[derive(Debug)]
pub struct Scripted {
    info: ModelInfo,
    texts: AtomicUsize,
    fails_after: Option<usize>,
}

impl Scripted {
    /// Makes an embedder whose vectors have the given length.
    pub fn new(dimensions: usize) -> Self {
        let info = ModelInfo {
            name: "scripted".to_owned(),
            checksum: "scripted-1".to_owned(),
            dimensions,
            max_tokens: usize::MAX,
            languages: Vec::new(),
        };
        Self { info, texts: AtomicUsize::new(0), fails_after: None }
    }

    /// Fails with [`Error::RetryLater`] once `texts` texts were embedded.
    pub fn failing_after(self, texts: usize) -> Self {
        Self { fails_after: Some(texts), ..self }
    }

    /// Claims to know these languages only.
    pub fn knowing(mut self, languages: &[&str]) -> Self {
        self.info.languages = languages.iter().map(|&language| language.to_owned()).collect();
        self
    }

    /// Claims another checksum, as a different model would.
    pub fn with_checksum(mut self, checksum: &str) -> Self {
        checksum.clone_into(&mut self.info.checksum);
        self
    }

    /// Counts the texts embedded so far.
    pub fn embedded(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.info.dimensions];
        let mut previous = String::new();
        for word in words(text) {
            spread(&mut vector, &word, 1.0);
            spread(&mut vector, &format!("{previous} {word}"), 0.5);
            previous = word;
        }
        normalise(&mut vector);
        vector
    }
}

#[async_trait]
impl Embedder for Scripted {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    async fn embed(&self, texts: &[String], _role: Role) -> Result<Vec<Vec<f32>>, Error> {
        let before = self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        if self.fails_after.is_some_and(|limit| before + texts.len() > limit) {
            self.texts.fetch_sub(texts.len(), Ordering::SeqCst);
            return Err(Error::RetryLater {
                model: self.info.name.clone(),
                after: Duration::from_millis(1),
                why: "the script says so".to_owned(),
            });
        }
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }

    fn count_tokens(&self, text: &str) -> usize {
        words(text).count()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Adds a feature at four places with signs, so that unrelated texts come out nearly orthogonal.
fn spread(vector: &mut [f32], feature: &str, weight: f32) {
    let mut state = fnv1a(feature);
    for _ in 0..4 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = (state >> 33) as usize % vector.len().max(1);
        if let Some(number) = vector.get_mut(place) {
            *number += if state & (1 << 32) == 0 { weight } else { -weight };
        }
    }
}

fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[tokio::test]
    async fn texts_with_shared_words_are_near() {
        let model = Scripted::new(256);
        let texts =
            ["How do I reset my password?", "reset the password", "invoice from March", ""].map(String::from);
        let vectors = model.embed(&texts, Role::Passage).await.unwrap();
        assert!((dot(&vectors[0], &vectors[0]) - 1.0).abs() < 1e-5);
        assert!(dot(&vectors[0], &vectors[1]) > 0.3);
        assert!(dot(&vectors[0], &vectors[2]).abs() < 0.2);
        assert!(vectors[3].iter().all(|&x| x == 0.0));
        assert_eq!(vectors, model.embed(&texts, Role::Query).await.unwrap());
        assert_eq!(model.embedded(), 8);
    }

    #[tokio::test]
    async fn fails_when_told() {
        let model = Scripted::new(16).failing_after(3);
        let texts = ["a".to_owned(), "b".to_owned()];
        assert!(model.embed(&texts, Role::Passage).await.is_ok());
        assert!(matches!(model.embed(&texts, Role::Passage).await, Err(Error::RetryLater { .. })));
        assert_eq!(model.embedded(), 2);
    }
}
