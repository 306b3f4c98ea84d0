//! Who may read a space in Confluence, in numbers.

use std::fmt;

/// Who may read a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Access {
    /// It could not be found out, or was not asked.
    #[default]
    Unknown,
    /// Whoever comes by, without an account.
    Everybody,
    /// Only some.
    Some {
        users: usize,
        groups: usize,
        /// Kinds of people that are neither, such as all who have a licence.
        others: usize,
    },
}

impl Access {
    /// Counts who may read, by their kinds and ids as Confluence writes them.
    ///
    /// How it writes that anybody may is not described: what is no user and no group and calls itself anonymous or
    /// everyone counts as that, and what is not understood counts as somebody.
    pub(crate) fn of<'a>(principals: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut users, mut groups, mut others) = (0, 0, 0);
        for (kind, id) in principals {
            match kind.to_lowercase().as_str() {
                "user" => users += 1,
                "group" => groups += 1,
                kind if is_anybody(kind) || is_anybody(id) => return Self::Everybody,
                _ => others += 1,
            }
        }
        Self::Some { users, groups, others }
    }

    /// Reports whether it is known that only some may read.
    pub(crate) fn is_closed(self) -> bool {
        matches!(self, Self::Some { .. })
    }
}

fn is_anybody(word: &str) -> bool {
    let word = word.to_lowercase().replace(['-', ' '], "_");
    ["anonymous", "anonymous_user", "anonymous_users", "everyone"].contains(&word.as_str())
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Some { users, groups, others } = *self else {
            let said = if *self == Self::Everybody { "everybody" } else { "nobody knows whom" };
            return f.write_str(said);
        };
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let parts = [
            counted(groups, "group", "groups"),
            counted(users, "user", "users"),
            counted(others, "other kind of people", "other kinds of people"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.split_last() {
            None => f.write_str("nobody who is named"),
            Some((last, [])) => f.write_str(last),
            Some((last, before)) => write!(f, "{} and {last}", before.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_counted_and_said_in_words() {
        let of = |list: &[(&'static str, &'static str)]| Access::of(list.iter().copied());
        for (list, said) in [
            (vec![], "nobody who is named"),
            (vec![("group", "a"), ("group", "b"), ("user", "c")], "2 groups and 1 user"),
            (vec![("ACCESS_CLASS", "all-licensed-users")], "1 other kind of people"),
            (
                vec![("user", "a"), ("group", "b"), ("role", "c")],
                "1 group, 1 user and 1 other kind of people",
            ),
        ] {
            assert_eq!(of(&list).to_string(), said);
            assert!(of(&list).is_closed());
        }
    }

    #[test]
    fn only_what_is_no_user_and_no_group_can_be_everybody() {
        for (kind, id) in [("anonymous", ""), ("ACCESS_CLASS", "anonymous-users"), ("special", "Everyone")] {
            assert_eq!(Access::of([("group", "a"), (kind, id)]), Access::Everybody, "{kind} {id}");
        }
        for (kind, id) in
            [("group", "everyone"), ("user", "anonymous"), ("ACCESS_CLASS", "authenticated-users")]
        {
            assert!(Access::of([(kind, id)]).is_closed(), "{kind} {id}");
        }
        assert!(!Access::Unknown.is_closed());
    }
}
