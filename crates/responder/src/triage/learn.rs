//! Topics, learned from conversations to which people gave one: logistic regression over the words of a text.
//!
//! The features of `words.rs` that at least two texts have count by how rare they are, and every text by length
//! one. One weight per topic and feature is fitted by stochastic gradient steps in a fixed order (`AdaGrad`), rare
//! topics counting more, so that the same conversations give the same topics. How sure a topic is shows on a part of the texts
//! that is held out first. Nothing of it is stored: it is made
//! anew of what the store holds, and goes with it. `docs/measurements.md` holds it against nearest neighbours.

use std::collections::{BTreeMap, HashMap};

use super::words::features;

/// At least so many conversations of a topic are needed to learn it.
const LEAST_PER_TOPIC: usize = 3;
/// At most so many features are kept, those of the most texts.
const MOST_FEATURES: usize = 40_000;
/// How often every text is looked at.
const EPOCHS: usize = 25;
/// The first step of every weight.
const RATE: f32 = 0.5;
/// How much of a weight is taken back whenever it is looked at.
const DECAY: f32 = 1e-5;
/// How much more the texts of rare topics count: 0 not at all, 1 as if all topics had equally many.
const BALANCE: f32 = 0.5;
/// One text of so many is held out to learn how sure a topic is.
const HELD_OUT: usize = 5;
/// From fewer held out than this nothing is learned of that.
const LEAST_HELD_OUT: usize = 10;
/// By how much sureness may be divided: from half to 16 times in steps of a fifth.
const TEMPERATURES: (f32, f32, usize) = (0.5, 1.2, 20);

/// A conversation with its topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The topic that people gave it.
    pub topic: String,
    /// What the customer wrote, the subject first.
    pub text: String,
}

/// The topic of a text, and its features by number with their values.
type Row = (usize, Vec<(usize, f32)>);

/// Topics that were learned.
#[derive(Debug, Clone)]
pub struct Topics {
    names: Vec<String>,
    /// Number and rarity of each feature.
    known: HashMap<u64, (usize, f32)>,
    /// By feature, one weight per topic; the last row is what every text has.
    weights: Vec<f32>,
    /// By what scores are divided, so that a share is about how often it proves right.
    temperature: f32,
}

impl Topics {
    /// Learns topics. There are none to learn when fewer than two have at least three conversations.
    ///
    /// Takes time in proportion to texts times topics: 5,000 texts with 40 topics some seconds, nearly half of it to learn
    /// how sure they are.
    #[must_use]
    pub fn learn(examples: &[Example]) -> Option<Self> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for example in examples {
            *counts.entry(&example.topic).or_default() += 1;
        }
        counts.retain(|_, count| *count >= LEAST_PER_TOPIC);
        if counts.len() < 2 {
            return None;
        }
        let names: Vec<String> = counts.keys().map(|name| (*name).to_owned()).collect();
        let number: HashMap<&str, usize> = counts.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let texts: Vec<(usize, Vec<(u64, f32)>)> = examples
            .iter()
            .filter_map(|example| Some((*number.get(example.topic.as_str())?, features(&example.text))))
            .collect();
        let known = rarities(&texts);
        let weights = vec![0.0; (known.len() + 1) * names.len()];
        let mut topics = Self { weights: weights.clone(), names, known, temperature: 1.0 };
        let rows: Vec<Row> =
            texts.into_iter().map(|(topic, features)| (topic, topics.row(&features))).collect();
        let (held, learned): (Vec<_>, Vec<_>) =
            rows.iter().enumerate().partition(|(at, _)| at % HELD_OUT == HELD_OUT - 1);
        if held.len() >= LEAST_HELD_OUT {
            topics.fit(&learned.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
            let held: Vec<(usize, Vec<f32>)> =
                held.into_iter().map(|(_, (topic, row))| (*topic, topics.scores(row))).collect();
            topics.temperature = temperature(&held);
            topics.weights = weights;
        }
        topics.fit(&rows.iter().collect::<Vec<_>>());
        Some(topics)
    }

    /// Returns the topics that were learned, by name.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the likeliest topic of a text with its probability, 0 to 1. Nothing for a text without words.
    #[must_use]
    pub fn likeliest(&self, text: &str) -> Option<(&str, f32)> {
        let features = features(text);
        if features.is_empty() {
            return None;
        }
        let shares = shares(self.scores(&self.row(&features)), self.temperature);
        let best = shares.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1))?;
        Some((&self.names[best.0], *best.1))
    }

    /// Returns what is known of a text's features, weighed and of length one, and what every text has.
    fn row(&self, features: &[(u64, f32)]) -> Vec<(usize, f32)> {
        let mut by_number: BTreeMap<usize, f32> = BTreeMap::new();
        for (hash, weight) in features {
            if let Some((number, rarity)) = self.known.get(hash) {
                // What is said twice counts once: the weight of a feature is no count.
                by_number.entry(*number).or_insert(weight * rarity);
            }
        }
        let length = by_number.values().map(|value| value * value).sum::<f32>().sqrt().max(f32::EPSILON);
        let every = self.known.len();
        by_number.into_iter().map(|(number, value)| (number, value / length)).chain([(every, 1.0)]).collect()
    }

    fn scores(&self, row: &[(usize, f32)]) -> Vec<f32> {
        let size = self.names.len();
        let mut scores = vec![0.0_f32; size];
        for (number, value) in row {
            let weights = &self.weights[number * size..(number + 1) * size];
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight * value);
        }
        scores
    }

    fn fit(&mut self, rows: &[&Row]) {
        let size = self.names.len();
        let mut counts = vec![0_usize; size];
        rows.iter().for_each(|(topic, _)| counts[*topic] += 1);
        #[expect(clippy::cast_precision_loss, reason = "counts of conversations")]
        let emphasis: Vec<f32> = counts
            .iter()
            .map(|count| (rows.len() as f32 / (size as f32 * *count as f32)).powf(BALANCE))
            .collect();
        let mut steps = vec![1e-6_f32; self.weights.len()];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut seed = 1_u64;
        for _ in 0..EPOCHS {
            shuffle(&mut order, &mut seed);
            for at in &order {
                let (topic, row) = rows[*at];
                let mut errors = shares(self.scores(row), 1.0);
                errors[*topic] -= 1.0;
                errors.iter_mut().for_each(|error| *error *= emphasis[*topic]);
                for (number, value) in row {
                    let span = number * size..(number + 1) * size;
                    let (weights, steps) = (&mut self.weights[span.clone()], &mut steps[span]);
                    for ((weight, step), error) in weights.iter_mut().zip(steps).zip(&errors) {
                        let slope = error * value + DECAY * *weight;
                        *step += slope * slope;
                        *weight -= RATE * slope / step.sqrt();
                    }
                }
            }
        }
    }
}

/// Returns scores as shares of one.
fn shares(mut scores: Vec<f32>, temperature: f32) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = ((*score - highest) / temperature).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    scores
}

/// Returns the temperature under which texts that were not learned from have the likeliest topics.
fn temperature(held: &[(usize, Vec<f32>)]) -> f32 {
    let surprise = |temperature: f32| -> f32 {
        let one = |(topic, scores): &(usize, Vec<f32>)| shares(scores.clone(), temperature)[*topic];
        held.iter().map(|held| -one(held).max(f32::MIN_POSITIVE).ln()).sum()
    };
    let (least, step, steps) = TEMPERATURES;
    let all = std::iter::successors(Some(least), |temperature| Some(temperature * step)).take(steps);
    let all = all.map(|temperature| (surprise(temperature), temperature));
    all.min_by(|one, other| one.0.total_cmp(&other.0)).map_or(1.0, |(_, temperature)| temperature)
}

/// Numbers the features that at least two texts have, and says how rare each is.
fn rarities(texts: &[(usize, Vec<(u64, f32)>)]) -> HashMap<u64, (usize, f32)> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for (_, features) in texts {
        let mut hashes: Vec<u64> = features.iter().map(|(hash, _)| *hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into_iter().for_each(|hash| *counts.entry(hash).or_default() += 1);
    }
    let mut kept: Vec<(usize, u64)> =
        counts.into_iter().filter(|(_, count)| *count >= 2).map(|(hash, count)| (count, hash)).collect();
    kept.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    kept.truncate(MOST_FEATURES);
    #[expect(clippy::cast_precision_loss, reason = "counts of conversations")]
    let rarity = |count: usize| (texts.len() as f32 / count as f32).ln() + 1.0;
    kept.into_iter().enumerate().map(|(number, (count, hash))| (hash, (number, rarity(count)))).collect()
}

/// Brings an order into another one that looks random and is the same every time.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for at in (1..order.len()).rev() {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (*seed >> 33) as usize % (at + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example> {
        let example = |topic: &str, text: String| Example { topic: topic.to_owned(), text };
        let mut examples = Vec::new();
        for number in 0..12 {
            examples.push(example("billing", format!("invoice {number} shows the wrong amount of money")));
            examples.push(example("login", format!("I cannot log in, password refused {number} times")));
            examples.push(example("printing", format!("the printer of room {number} prints nothing")));
        }
        examples.push(example("rare", "only once".to_owned()));
        examples
    }

    #[test]
    fn topics_are_told_apart_by_their_words() {
        let topics = Topics::learn(&examples()).unwrap();
        assert_eq!(topics.names(), ["billing", "login", "printing"], "what occurs once is not learned");
        for (text, topic) in [
            ("my invoice has a wrong amount", "billing"),
            ("pasword is refused, I can not login", "login"),
            ("nothing comes out of the printer", "printing"),
        ] {
            let (name, share) = topics.likeliest(text).unwrap();
            assert!(name == topic && share > 0.5, "{text}: {name} {share}");
        }
        assert_eq!(topics.likeliest("  …  "), None);
    }

    #[test]
    fn the_same_conversations_give_the_same_topics() {
        let (one, other) = (Topics::learn(&examples()).unwrap(), Topics::learn(&examples()).unwrap());
        assert_eq!((one.weights, one.temperature), (other.weights, other.temperature));
    }

    #[test]
    fn where_words_say_nothing_of_the_topic_nothing_is_sure() {
        let mut seed = 7;
        let mut text = || {
            let mut order: Vec<usize> = (0..200).collect();
            shuffle(&mut order, &mut seed);
            let words: Vec<String> =
                order.iter().take(8).map(|word| format!("w{}x{word}", word * 7919)).collect();
            words.join(" ")
        };
        let topic = |number: usize| ["billing", "login"][number * number % 7 % 2].to_owned();
        let examples: Vec<Example> =
            (0..200).map(|number| Example { topic: topic(number), text: text() }).collect();
        let topics = Topics::learn(&examples).unwrap();
        let sure = (0..100).filter(|_| topics.likeliest(&text()).unwrap().1 > 0.85).count();
        assert!(sure < 15, "{sure} of 100 are said to be sure");
    }

    #[test]
    fn too_little_teaches_nothing() {
        assert!(Topics::learn(&[]).is_none());
        let one = Example { topic: "a".into(), text: "some words".into() };
        assert!(Topics::learn(&vec![one; 10]).is_none());
    }
}
