//! What Drive says, as far as it is read. Everything may be absent, and unknown members are left alone.

pub(crate) mod doc;

use serde::Deserialize;
use serde_json::Value;

pub(crate) const FOLDER: &str = "application/vnd.google-apps.folder";
pub(crate) const DOCUMENT: &str = "application/vnd.google-apps.document";
pub(crate) const SHORTCUT: &str = "application/vnd.google-apps.shortcut";

/// The members of a file that are asked for.
pub(crate) const FILE_FIELDS: &str = "id,name,mimeType,parents,driveId,trashed,createdTime,modifiedTime,size,capabilities/canDownload,shortcutDetails(targetId),inheritedPermissionsDisabled,resourceKey,permissions(id,type,role,emailAddress,domain,deleted,pendingOwner,expirationTime,view)";
/// The members of a permission that are asked for.
pub(crate) const PERMISSION_FIELDS: &str =
    "nextPageToken,permissions(id,type,role,emailAddress,domain,deleted,pendingOwner,expirationTime,view)";

/// A file or folder.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mime_type: String,
    pub(crate) parents: Vec<String>,
    pub(crate) drive_id: Option<String>,
    pub(crate) trashed: bool,
    pub(crate) created_time: Option<String>,
    pub(crate) modified_time: Option<String>,
    pub(crate) size: Option<Value>,
    pub(crate) capabilities: Capabilities,
    pub(crate) shortcut_details: Option<Shortcut>,
    pub(crate) inherited_permissions_disabled: bool,
    pub(crate) resource_key: Option<String>,
    pub(crate) permissions: Option<Vec<Permission>>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Capabilities {
    pub(crate) can_download: Option<bool>,
}

#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Shortcut {
    pub(crate) target_id: Option<String>,
}

/// Somebody who may do something with a file.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Permission {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) email_address: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) deleted: bool,
    pub(crate) pending_owner: bool,
    pub(crate) expiration_time: Option<String>,
    pub(crate) view: Option<String>,
}

/// A change of a file or of a shared drive.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Change {
    pub(crate) change_type: Option<String>,
    pub(crate) removed: bool,
    pub(crate) file_id: Option<String>,
    pub(crate) drive_id: Option<String>,
    pub(crate) file: Option<Value>,
}

impl File {
    /// Reads a file; one without an id is none.
    pub(crate) fn read(value: Value) -> Option<Self> {
        let file: Self = serde_json::from_value(value).ok()?;
        (!file.id.is_empty()).then_some(file)
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.mime_type == FOLDER
    }

    /// Returns how many bytes a file has; Google's own formats state none.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match self.size.as_ref()? {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(crate) fn parent(&self) -> Option<&str> {
        self.parents.first().map(String::as_str)
    }
}

/// Returns the text at a member of an object, when there is one.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|text| !text.is_empty())
}
