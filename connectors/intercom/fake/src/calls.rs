//! Which calls something is meant for.

/// A pattern of calls: a method and a path with `*` for one segment.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    methods: Vec<String>,
    path: Option<String>,
}

impl Calls {
    /// Every call.
    #[must_use]
    pub fn any() -> Calls {
        Calls::default()
    }

    /// Calls of one method to one path, such as `POST /conversations/*/reply`.
    #[must_use]
    pub fn to(method: &str, path: &str) -> Calls {
        Calls { methods: vec![method.to_owned()], path: Some(path.to_owned()) }
    }

    /// Every call that changes something; searches are none of them.
    #[must_use]
    pub fn writes() -> Calls {
        Calls { methods: vec!["POST".to_owned(), "PUT".to_owned(), "DELETE".to_owned()], path: None }
    }

    pub(crate) fn cover(&self, method: &str, path: &str) -> bool {
        let method_fits = self.methods.is_empty() || self.methods.iter().any(|wanted| wanted == method);
        method_fits
            && match &self.path {
                Some(pattern) => covers(pattern, path),
                None => self.methods.is_empty() || is_write(method, path),
            }
    }
}

/// Says whether a call is meant to change something.
pub(crate) fn is_write(method: &str, path: &str) -> bool {
    method != "GET" && method != "HEAD" && !path.ends_with("/search") && path != "/companies/list"
}

fn covers(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, there)| *wanted == "*" || *wanted == there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment() {
        let replies = Calls::to("POST", "/conversations/*/reply");
        assert!(replies.cover("POST", "/conversations/12/reply"));
        assert!(!replies.cover("POST", "/conversations/12/parts"));
        assert!(!replies.cover("GET", "/conversations/12/reply"));
        assert!(!replies.cover("POST", "/conversations/12/reply/more"));
        assert!(Calls::any().cover("GET", "/me"));
        assert!(Calls::writes().cover("PUT", "/contacts/1"));
        assert!(!Calls::writes().cover("POST", "/contacts/search"));
    }
}
