//! Who may read a space.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Space;
use crate::access::Access;
use crate::client::{Client, Failure};
use crate::wire::id;

impl Client {
    /// Asks who may read a space. Data Center has no call that is known to tell it.
    pub(crate) async fn access(&self, space: &Space) -> Result<Access, Failure> {
        if !self.is_cloud {
            return Ok(Access::Unknown);
        }
        let Some(found) = self.about_space(space, "permissions").await? else { return Ok(Access::Unknown) };
        let readers = found.iter().filter(|one| {
            let operation = &one["operation"];
            operation["key"].as_str() == Some("read") && operation["targetType"].as_str() == Some("space")
        });
        let part = |value: &Value| id(value).unwrap_or_default();
        let mut readers: BTreeSet<(String, String)> =
            readers.map(|one| (part(&one["principal"]["type"]), part(&one["principal"]["id"]))).collect();
        let is_role = |(kind, _): &(String, String)| kind.eq_ignore_ascii_case("role");
        if readers.iter().any(is_role) {
            // Who has a role is told elsewhere, and not to every key; then the role stays what is counted.
            let mut held = BTreeSet::new();
            for one in self.about_space(space, "role-assignments").await?.unwrap_or_default() {
                let (role, holder) = (part(&one["roleId"]), &one["principal"]);
                if readers.iter().any(|reader| is_role(reader) && reader.1 == role) {
                    held.insert(role);
                    readers.insert((part(&holder["principalType"]), part(&holder["principalId"])));
                }
            }
            readers.retain(|reader| !(is_role(reader) && held.contains(&reader.1)));
        }
        Ok(Access::of(readers.iter().map(|(kind, id)| (kind.as_str(), id.as_str()))))
    }

    /// Reads a list about a space, twice when it is empty; nothing where that is refused.
    async fn about_space(&self, space: &Space, what: &str) -> Result<Option<Vec<Value>>, Failure> {
        let path = ["api", "v2", "spaces", space.id.as_str(), what];
        let mut found = Vec::new();
        for _ in 0..2 {
            found = match self.all(&path, &[("limit", "250")]).await {
                Ok(found) => found,
                Err(failure) if failure.is_refused() => return Ok(None),
                Err(failure) => return Err(failure),
            };
            if !found.is_empty() {
                break;
            }
        }
        Ok(Some(found))
    }
}
