//! What goes wrong on demand.

use crate::calls::Calls;

/// Something that goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done and the answer has this status, such as 500 or 503.
    Status(u16),
    /// What was asked for is done, and the answer has this status all the same, as when something behind the
    /// service that did it fails.
    StatusAfter(u16),
    /// Nothing is done and the answer is a 429, although the budget is not used up.
    RateLimited,
    /// The call waits, before anything is done, until it is released or its caller gives up.
    Hang,
    /// What was asked for is done, and the answer waits until it is released or its caller gives up.
    HangAfter,
    /// Nothing is done and the connection closes without an answer.
    Drop,
    /// What was asked for is done and the connection closes before the answer.
    DropAfter,
    /// What was asked for is done and the connection closes in the middle of the answer.
    CutAnswer,
    /// What was asked for is done and half an answer comes; the connection stays open and silent until it is
    /// released, which closes it, or its caller gives up.
    StallAnswer,
}

#[derive(Debug)]
struct Rule {
    calls: Calls,
    fault: Fault,
    left: Left,
}

#[derive(Debug)]
enum Left {
    Times(usize),
    Share { per_million: u64, seed: u64, seen: u64 },
}

/// The faults that are ordered.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

impl Faults {
    pub(crate) fn next(&mut self, times: usize, calls: Calls, fault: Fault) {
        self.0.push(Rule { calls, fault, left: Left::Times(times) });
    }

    pub(crate) fn share(&mut self, share: f64, seed: u64, calls: Calls, fault: Fault) {
        // The share is between 0 and 1, so nothing is lost.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
        let per_million = (share.clamp(0.0, 1.0) * 1e6) as u64;
        self.0.push(Rule { calls, fault, left: Left::Share { per_million, seed, seen: 0 } });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns what goes wrong with a call, by the first rule that strikes.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        let mut covering = self.0.iter_mut().filter(|rule| rule.calls.cover(method, path));
        covering.find_map(|rule| rule.left.strikes().then_some(rule.fault))
    }
}

impl Left {
    fn strikes(&mut self) -> bool {
        match self {
            Left::Times(0) => false,
            Left::Times(times) => {
                *times -= 1;
                true
            }
            Left::Share { per_million, seed, seen } => {
                *seen += 1;
                scatter(*seed ^ seen.wrapping_mul(0x9e37_79b9_7f4a_7c15)) % 1_000_000 < *per_million
            }
        }
    }
}

/// Turns a counter into something that looks like chance and is the same in every run.
pub(crate) fn scatter(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_kept_and_repeats() {
        let run = |seed| -> Vec<bool> {
            let mut faults = Faults::default();
            faults.share(0.2, seed, Calls::any(), Fault::Status(503));
            (0..2000).map(|_| faults.strike("GET", "/me").is_some()).collect()
        };
        let struck = run(7).into_iter().filter(|struck| *struck).count();
        assert!((340..460).contains(&struck), "{struck}");
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn the_next_calls_are_counted_per_pattern() {
        let mut faults = Faults::default();
        faults.next(1, Calls::to("GET", "/me"), Fault::Drop);
        assert_eq!(faults.strike("GET", "/tags"), None);
        assert_eq!(faults.strike("GET", "/me"), Some(Fault::Drop));
        assert_eq!(faults.strike("GET", "/me"), None);
    }
}
