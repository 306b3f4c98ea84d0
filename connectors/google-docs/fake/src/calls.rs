//! Which calls something is meant for, and what can go wrong with them.

/// A pattern of calls: a method and a path with `*` for one segment.
#[derive(Debug, Clone, Default)]
pub struct Calls(Option<(String, String)>);

impl Calls {
    /// Every call but those for tokens.
    #[must_use]
    pub fn any() -> Calls {
        Calls(None)
    }

    /// Calls of one method to one path, such as `GET /drive/v3/files/*`.
    #[must_use]
    pub fn to(method: &str, path: &str) -> Calls {
        Calls(Some((method.to_owned(), path.to_owned())))
    }

    pub(crate) fn cover(&self, method: &str, path: &str) -> bool {
        let Some((wanted, pattern)) = &self.0 else { return path != "/token" };
        let (pattern, path): (Vec<&str>, Vec<&str>) =
            (pattern.split('/').collect(), path.split('/').collect());
        wanted == method
            && pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(wanted, there)| *wanted == "*" || *wanted == there)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with a status and one of Google's words.
    Status(u16, String),
    /// The connection closes without an answer.
    Drop,
    /// Half of the answer comes.
    Cut,
    /// The list is empty, as if nothing were there.
    EmptyList,
    /// The token of the next page is the one that led here.
    RepeatPage,
    /// The token of the next page leads over one page.
    SkipPage,
    /// The list says that it is not complete.
    Incomplete,
}

impl Fault {
    /// A status with a word.
    #[must_use]
    pub fn status(status: u16, reason: &str) -> Fault {
        Fault::Status(status, reason.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment() {
        let files = Calls::to("GET", "/drive/v3/files/*");
        assert!(files.cover("GET", "/drive/v3/files/1"));
        assert!(!files.cover("GET", "/drive/v3/files"));
        assert!(!files.cover("GET", "/drive/v3/files/1/export"));
        assert!(Calls::any().cover("GET", "/drive/v3/about") && !Calls::any().cover("POST", "/token"));
    }
}
