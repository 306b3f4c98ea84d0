//! Bulk work lets live questions go first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// The longest wait at one place. However many questions come, bulk work goes on slowly and ends some day.
const LONGEST: Duration = Duration::from_secs(1);

/// Knows which live questions are open. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Courtesy {
    open: Arc<watch::Sender<usize>>,
    /// How many texts are embedded at a time; 0 where no questions are answered.
    texts: Arc<AtomicUsize>,
}

/// A question that is open until this is dropped.
#[derive(Debug)]
pub struct Open(Arc<watch::Sender<usize>>);

impl Courtesy {
    /// Says that questions are answered beside bulk work from now on: it waits for them, and embeds so many `texts`
    /// at a time.
    pub fn share(&self, texts: usize) {
        self.texts.store(texts, Ordering::Relaxed);
    }

    /// Returns how many texts are embedded at a time, where questions are answered beside bulk work.
    #[must_use]
    pub fn texts(&self) -> Option<usize> {
        Some(self.texts.load(Ordering::Relaxed)).filter(|texts| *texts > 0)
    }

    /// Opens a question; bulk work waits until it is closed.
    #[must_use]
    pub fn open(&self) -> Open {
        self.open.send_modify(|open| *open += 1);
        Open(Arc::clone(&self.open))
    }

    /// Waits while a question is open, but never for long.
    pub async fn give_way(&self) {
        if self.texts().is_none() {
            return;
        }
        let mut open = self.open.subscribe();
        // The sender lives as long as this does, and a wait that is over is no failure.
        let _ = tokio::time::timeout(LONGEST, open.wait_for(|open| *open == 0)).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bulk_work_waits_for_open_questions_but_not_for_ever() {
        let courtesy = Courtesy::default();
        let began = tokio::time::Instant::now();
        courtesy.give_way().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let (one, other) = (courtesy.open(), courtesy.clone().open());
        drop(one);
        courtesy.give_way().await;
        assert_eq!(began.elapsed(), Duration::ZERO, "nobody said that it matters");
        courtesy.share(4);
        courtesy.give_way().await;
        assert_eq!(began.elapsed(), LONGEST);
        let closing = async {
            tokio::time::sleep(LONGEST / 2).await;
            drop(other);
        };
        tokio::join!(courtesy.give_way(), closing);
        assert_eq!(began.elapsed(), LONGEST + LONGEST / 2);
    }
}
