//! The budget of calls per window.

/// What is left of a workspace's budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) reset: i64,
}

/// Counts the calls of one workspace.
#[derive(Debug, Default)]
pub(crate) struct Window {
    number: i64,
    used: u32,
}

impl Window {
    /// Counts a call; nothing means that the budget was used up before it.
    pub(crate) fn spend(&mut self, limit: u32, (now, window_secs): (i64, i64)) -> (Budget, bool) {
        let number = now.div_euclid(window_secs);
        if number != self.number {
            *self = Window { number, used: 0 };
        }
        let allowed = self.used < limit;
        self.used += u32::from(allowed);
        (
            Budget { limit, remaining: limit.saturating_sub(self.used), reset: (number + 1) * window_secs },
            allowed,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_its_own_budget() {
        let mut window = Window::default();
        assert_eq!(window.spend(2, (1_000_003, 10)).0.remaining, 1);
        assert!(window.spend(2, (1_000_004, 10)).1);
        let (budget, allowed) = window.spend(2, (1_000_009, 10));
        assert!(!allowed);
        assert_eq!((budget.remaining, budget.reset), (0, 1_000_010));
        assert!(window.spend(2, (1_000_010, 10)).1);
        assert_eq!(Window::default().spend(2, (1_000_003, 1)).0.reset, 1_000_004);
    }
}
