//! Contacts: leads and users.

use serde_json::{Map, Value};

use super::Workspace;
use crate::error::ApiError;
use crate::render;

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Somebody who is not logged in.
    #[default]
    Lead,
    /// Somebody with an account.
    User,
}

impl Role {
    /// Returns the word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Lead => "lead",
            Role::User => "user",
        }
    }

    pub(crate) fn of(word: &str) -> Result<Role, ApiError> {
        match word {
            "lead" => Ok(Role::Lead),
            "user" => Ok(Role::User),
            other => Err(ApiError::invalid(format!("role `{other}` must be user or lead"))),
        }
    }
}

/// A note about a contact.
#[derive(Debug, Clone)]
pub struct Note {
    /// A number, as text.
    pub id: String,
    /// HTML.
    pub body: String,
    /// Who wrote it.
    pub admin: Option<String>,
    /// When.
    pub created_at: i64,
}

/// A lead or user.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// 24 hexadecimal digits.
    pub id: String,
    /// The workspace's own id of a user; for a lead, a UUID that Intercom made up.
    pub external_id: Option<String>,
    /// Lead or user.
    pub role: Role,
    /// The address; several contacts may share one.
    pub email: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The teammate who looks after it.
    pub owner_id: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// When it signed up.
    pub signed_up_at: Option<i64>,
    /// When it was last seen.
    pub last_seen_at: Option<i64>,
    /// When it last wrote.
    pub last_replied_at: Option<i64>,
    /// When a teammate last wrote to it.
    pub last_contacted_at: Option<i64>,
    /// The language set for it.
    pub language_override: Option<String>,
    /// Whether it wants no mail.
    pub unsubscribed_from_emails: bool,
    /// Further data.
    pub custom_attributes: Map<String, Value>,
    /// Ids of tags.
    pub tags: Vec<String>,
    /// Ids of companies.
    pub companies: Vec<String>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Whether it is archived.
    pub archived: bool,
    pub(crate) searchable_from: i64,
}

/// What is known about a contact when it is made.
#[derive(Debug, Clone, Default)]
pub struct NewContact {
    /// The workspace's own id.
    pub external_id: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// The name.
    pub name: Option<String>,
}

impl NewContact {
    /// A user of the workspace's own app.
    #[must_use]
    pub fn user(external_id: &str, email: &str, name: &str) -> NewContact {
        let text = |text: &str| Some(text.to_owned());
        NewContact { external_id: text(external_id), email: text(email), name: text(name), phone: None }
    }
}

impl Workspace {
    /// Adds a contact and returns its id.
    ///
    /// # Errors
    ///
    /// No two users share an `external_id`, and none with the address of another user is made without one.
    pub fn add_contact(&mut self, role: Role, new: NewContact) -> Result<String, ApiError> {
        if role == Role::User {
            self.no_conflict(None, new.external_id.as_deref(), new.email.as_deref())?;
        }
        let now = self.now();
        let id = self.ids.object();
        let external_id = match role {
            Role::User => new.external_id,
            Role::Lead => Some(self.ids.uuid()),
        };
        let contact = Contact {
            id: id.clone(),
            external_id,
            role,
            email: new.email,
            phone: new.phone,
            name: new.name,
            owner_id: None,
            created_at: now,
            updated_at: now,
            signed_up_at: (role == Role::User).then_some(now),
            last_seen_at: None,
            last_replied_at: None,
            last_contacted_at: None,
            language_override: None,
            unsubscribed_from_emails: false,
            custom_attributes: Map::new(),
            tags: Vec::new(),
            companies: Vec::new(),
            notes: Vec::new(),
            archived: false,
            searchable_from: now + self.quirks.search_delay_secs,
        };
        self.contacts.insert(id.clone(), contact);
        self.tell_contact(&id, &format!("contact.{}.created", role.word()));
        Ok(id)
    }

    fn no_conflict(
        &self,
        own: Option<&str>,
        external: Option<&str>,
        email: Option<&str>,
    ) -> Result<(), ApiError> {
        let same = |contact: &&Contact| {
            let same_id = external.is_some() && contact.external_id.as_deref() == external;
            let same_mail = external.is_none() && email.is_some() && contact.email.as_deref() == email;
            contact.role == Role::User && Some(contact.id.as_str()) != own && (same_id || same_mail)
        };
        let Some(other) = self.contacts.values().find(same) else { return Ok(()) };
        let kind = if other.archived { "An archived" } else { "A" };
        let message = format!("{kind} contact matching those details already exists with id={}", other.id);
        Err(ApiError::new(409, "conflict", message))
    }

    /// Returns a contact.
    #[must_use]
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(id)
    }

    pub(crate) fn find_contact(&mut self, id: &str) -> Result<&mut Contact, ApiError> {
        self.reachable(id)?;
        self.contacts.get_mut(id).ok_or_else(ApiError::no_contact)
    }

    pub(crate) fn reachable(&self, id: &str) -> Result<&Contact, ApiError> {
        self.contacts.get(id).ok_or_else(ApiError::no_contact)
    }

    /// Changes fields of a contact as `PUT /contacts/{id}` names them.
    ///
    /// # Errors
    ///
    /// The contact has to exist, and no other user may have the new `external_id`.
    pub fn update_contact(&mut self, id: &str, fields: &Map<String, Value>) -> Result<(), ApiError> {
        let before = self.reachable(id)?.clone();
        let text = |name: &str, old: &Option<String>| match fields.get(name) {
            None => old.clone(),
            Some(value) => value.as_str().filter(|text| !text.is_empty()).map(str::to_owned),
        };
        let time = |name: &str, old: Option<i64>| fields.get(name).map_or(old, Value::as_i64);
        let role = fields.get("role").and_then(Value::as_str).map_or(Ok(before.role), Role::of)?;
        if role == Role::Lead && before.role == Role::User {
            return Err(ApiError::invalid("a user cannot become a lead"));
        }
        let mut after = Contact {
            role,
            external_id: text("external_id", &before.external_id),
            email: text("email", &before.email),
            phone: text("phone", &before.phone),
            name: text("name", &before.name),
            language_override: text("language_override", &before.language_override),
            owner_id: fields.get("owner_id").map_or(before.owner_id, |owner| {
                // A number until 2.15, text since.
                owner.as_i64().or_else(|| owner.as_str().and_then(|owner| owner.parse().ok()))
            }),
            signed_up_at: time("signed_up_at", before.signed_up_at),
            last_seen_at: time("last_seen_at", before.last_seen_at),
            updated_at: self.now(),
            ..before.clone()
        };
        let unsubscribed = fields.get("unsubscribed_from_emails").and_then(Value::as_bool);
        after.unsubscribed_from_emails = unsubscribed.unwrap_or(before.unsubscribed_from_emails);
        if let Some(Value::Object(more)) = fields.get("custom_attributes") {
            after.custom_attributes.extend(more.clone());
        }
        if role == Role::User {
            self.no_conflict(Some(id), after.external_id.as_deref(), None)?;
        }
        self.contacts.insert(id.to_owned(), after.clone());
        self.tell_changes(&before, &after);
        Ok(())
    }

    fn tell_changes(&mut self, before: &Contact, after: &Contact) {
        let id = after.id.as_str();
        match (before.role, after.role) {
            (Role::Lead, Role::User) => self.tell_contact(id, "contact.lead.signed_up"),
            (Role::Lead, Role::Lead) if before.email.is_none() && after.email.is_some() => {
                self.tell_contact(id, "contact.lead.added_email");
            }
            _ => {}
        }
        if before.email != after.email && before.email.is_some() {
            self.tell_contact(id, "contact.email.updated");
        }
        self.tell_contact(id, &format!("contact.{}.updated", after.role.word()));
    }

    /// Archives a contact or brings it back.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn archive_contact(&mut self, id: &str, archived: bool) -> Result<(), ApiError> {
        let now = self.now();
        let contact = self.find_contact(id)?;
        contact.archived = archived;
        contact.updated_at = now;
        self.tell_contact(id, if archived { "contact.archived" } else { "contact.unarchive" });
        Ok(())
    }

    /// Deletes a contact for good; its conversations stay without it.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn delete_contact(&mut self, id: &str) -> Result<Contact, ApiError> {
        self.reachable(id)?;
        let contact = self.contacts.remove(id).ok_or_else(ApiError::no_contact)?;
        let item =
            serde_json::json!({ "type": "contact", "id": contact.id, "external_id": contact.external_id });
        self.raise("contact.deleted", item);
        Ok(contact)
    }

    /// Adds a note about a contact and returns it.
    ///
    /// # Errors
    ///
    /// Contact and teammate have to exist.
    pub fn add_note(&mut self, contact: &str, body: &str, admin: Option<&str>) -> Result<Note, ApiError> {
        if let Some(admin) = admin {
            self.admin(admin)?;
        }
        let (id, created_at) = (self.ids.number(), self.now());
        let note = Note { id, body: crate::html::body(body), admin: admin.map(str::to_owned), created_at };
        self.find_contact(contact)?.notes.push(note.clone());
        Ok(note)
    }

    pub(crate) fn tell_contact(&mut self, id: &str, topic: &str) {
        let Some(contact) = self.contacts.get(id) else { return };
        let item = render::contact(self, contact);
        self.raise(topic, item);
    }
}
