use std::num::NonZeroUsize;

/// Most pairs of a batch. More of them gain nothing more and let the next question wait.
const MOST_PAIRS: usize = 4;
/// Most tokens of a batch of several pairs, so that one of long pairs needs no more memory than one of short ones.
const MOST_TOKENS: usize = 1_024;

/// Whether pairs of different lengths may stand in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// The model is told which tokens are there to fill up only.
    Told,
    /// The model takes every token for a part of the text.
    None,
}

/// Puts pairs of these lengths into batches, the longest first, so that the threads end at about the same time.
///
/// In a batch the shortest has at least three quarters of the longest, which bounds what is computed in vain.
pub(super) fn batches(lengths: &[usize], threads: NonZeroUsize, padding: Padding) -> Vec<Vec<usize>> {
    let most = lengths.len().div_ceil(threads.get()).min(MOST_PAIRS);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(lengths[*at]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for at in order {
        let fits = |batch: &&mut Vec<usize>| {
            let longest = lengths[batch[0]];
            let is_alike = match padding {
                Padding::Told => lengths[at] * 4 >= longest * 3,
                Padding::None => lengths[at] == longest,
            };
            is_alike && batch.len() < most && (batch.len() + 1) * longest <= MOST_TOKENS
        };
        match batches.last_mut().filter(fits) {
            Some(batch) => batch.push(at),
            None => batches.push(vec![at]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn the_longest_come_first_and_alike_ones_together() {
        let lengths = [10, 100, 90, 9, 300];
        assert_eq!(batches(&lengths, threads(1), Padding::Told), [vec![4], vec![1, 2], vec![0, 3]]);
        assert_eq!(batches(&[7, 9, 7], threads(1), Padding::None), [vec![1], vec![0, 2]]);
        assert!(batches(&[], threads(2), Padding::Told).is_empty());
    }

    #[test]
    fn every_thread_gets_something_and_a_very_long_pair_stands_alone() {
        assert_eq!(batches(&[5, 5, 5, 5], threads(4), Padding::Told).len(), 4);
        assert_eq!(batches(&[5, 5, 5, 5], threads(2), Padding::Told), [[0, 1], [2, 3]]);
        assert_eq!(batches(&[8_000, 8_000], threads(1), Padding::Told), [[0], [1]]);
    }

    proptest! {
        #[test]
        fn each_pair_comes_once_in_a_batch_that_is_bounded(
            lengths in prop::collection::vec(1..600_usize, 0..60),
            count in 1..9_usize,
            told in any::<bool>(),
        ) {
            let padding = if told { Padding::Told } else { Padding::None };
            let batches = batches(&lengths, threads(count), padding);
            let mut all: Vec<usize> = batches.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                let (first, last) = (lengths[batch[0]], lengths[batch[batch.len() - 1]]);
                let shortest = if told { first.div_ceil(4) * 3 } else { first };
                prop_assert!(batch.len() <= MOST_PAIRS && last <= first && last + 3 >= shortest);
                prop_assert!(batch.len() == 1 || batch.len() * first <= MOST_TOKENS);
            }
            prop_assert!(batches.is_sorted_by_key(|batch| std::cmp::Reverse(lengths[batch[0]])));
        }
    }
}
