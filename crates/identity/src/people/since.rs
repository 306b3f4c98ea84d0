//! Since when subjects are one account.

use domain::Timestamp;

/// Since when subjects have been connected: a forest whose every edge carries its moment. Edges must come in
/// order of time, so the moments along any path to a root never fall.
pub(super) struct Since {
    parent: Vec<usize>,
    moment: Vec<Timestamp>,
    size: Vec<usize>,
}

impl Since {
    pub(super) fn new(len: usize) -> Self {
        Self { parent: (0..len).collect(), moment: vec![Timestamp::MIN; len], size: vec![1; len] }
    }

    pub(super) fn root(&self, mut one: usize) -> usize {
        while self.parent[one] != one {
            one = self.parent[one];
        }
        one
    }

    pub(super) fn join(&mut self, one: usize, other: usize, at: Timestamp) {
        let (mut small, mut large) = (self.root(one), self.root(other));
        if small == large {
            return;
        }
        if self.size[small] > self.size[large] {
            std::mem::swap(&mut small, &mut large);
        }
        self.parent[small] = large;
        self.moment[small] = at;
        self.size[large] += self.size[small];
    }

    /// Returns since when two subjects have been connected; never is [`Timestamp::OPEN`].
    fn connected(&self, one: usize, other: usize) -> Timestamp {
        let path = |mut node: usize| {
            let mut path = vec![node];
            while self.parent[node] != node {
                node = self.parent[node];
                path.push(node);
            }
            path
        };
        let (one, other) = (path(one), path(other));
        let Some(meet) = one.iter().find(|node| other.contains(node)) else {
            return Timestamp::OPEN;
        };
        let climbed = |path: &[usize]| {
            path.iter().take_while(|node| *node != meet).map(|node| self.moment[*node]).max()
        };
        climbed(&one).max(climbed(&other)).unwrap_or(Timestamp::MIN)
    }

    /// Returns from when on all users known to carry an address have been one, given since when each has
    /// carried it. Before that the address belonged to several.
    pub(super) fn settled(&self, users: &[(Timestamp, usize)]) -> Timestamp {
        let Some((_, first)) = users.first() else {
            return Timestamp::MIN;
        };
        let mut one_since = Timestamp::MIN;
        let mut settled = Timestamp::MIN;
        for (carried, user) in users {
            one_since = one_since.max(self.connected(*first, *user));
            if one_since > *carried {
                settled = settled.max(one_since);
            }
        }
        settled
    }
}

/// Subjects that share a contact id or `user_id`, whatever speaks against it: who is in doubt is counted
/// with the others, so that no doubt ever lets an address reach further.
#[derive(Default)]
pub(super) struct Kin {
    /// The group of each subject.
    group: Vec<usize>,
    /// The subjects of each group.
    members: Vec<Vec<usize>>,
    /// Since when each subject has been in a group with a user.
    user_since: Vec<Option<Timestamp>>,
}

impl Kin {
    /// Groups subjects by edges that come in order of time, given which of them are users.
    pub(super) fn new(is_user: impl Iterator<Item = bool>, edges: &[(Timestamp, usize, usize)]) -> Self {
        let user_since: Vec<_> = is_user.map(|is_user| is_user.then_some(Timestamp::MIN)).collect();
        let len = user_since.len();
        let mut kin =
            Self { group: (0..len).collect(), members: (0..len).map(|one| vec![one]).collect(), user_since };
        for (at, one, other) in edges {
            kin.join(kin.group[*one], kin.group[*other], *at);
        }
        kin
    }

    fn join(&mut self, one: usize, other: usize, at: Timestamp) {
        if one == other {
            return;
        }
        // All members of a group are with a user or none is.
        let with_user = |group: usize| self.user_since[self.members[group][0]].is_some();
        let newly = match (with_user(one), with_user(other)) {
            (false, true) => Some(one),
            (true, false) => Some(other),
            _ => None,
        };
        for member in newly.into_iter().flat_map(|group| &self.members[group]) {
            self.user_since[*member] = Some(at);
        }
        let (small, large) =
            if self.members[one].len() > self.members[other].len() { (other, one) } else { (one, other) };
        for member in std::mem::take(&mut self.members[small]) {
            self.group[member] = large;
            self.members[large].push(member);
        }
    }

    /// Returns all that share something with `one`, itself included.
    pub(super) fn of(&self, one: usize) -> &[usize] {
        &self.members[self.group[one]]
    }

    /// Returns since when `one` has been a user or shared something with one.
    pub(super) fn user_since(&self, one: usize) -> Option<Timestamp> {
        self.user_since[one]
    }
}
