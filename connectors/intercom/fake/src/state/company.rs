//! Companies and who belongs to them.

use serde_json::{Map, Value};

use super::Workspace;
use crate::error::ApiError;
use crate::render;

/// A company.
#[derive(Debug, Clone)]
pub struct Company {
    /// Intercom's id.
    pub id: String,
    /// The id the workspace gave it.
    pub company_id: String,
    /// Its name.
    pub name: String,
    /// The plan's name.
    pub plan: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Further data.
    pub custom_attributes: Map<String, Value>,
}

impl Workspace {
    /// Adds a company, or renames the one with this `company_id`, and returns Intercom's id.
    pub fn company(&mut self, company_id: &str, name: &str) -> String {
        let now = self.now();
        let known = self.companies.values_mut().find(|company| company.company_id == company_id);
        let (id, topic) = match known {
            Some(company) => {
                company.name = name.to_owned();
                company.updated_at = now;
                (company.id.clone(), "company.updated")
            }
            None => {
                let id = self.ids.object();
                let company = Company {
                    id: id.clone(),
                    company_id: company_id.to_owned(),
                    name: name.to_owned(),
                    plan: None,
                    created_at: now,
                    updated_at: now,
                    custom_attributes: Map::new(),
                };
                self.companies.insert(id.clone(), company);
                (id, "company.created")
            }
        };
        let item = render::company(self, &self.companies[&id]);
        self.raise(topic, item);
        id
    }

    /// Makes a contact a member of a company, or ends that.
    ///
    /// # Errors
    ///
    /// Both have to exist.
    pub fn membership(&mut self, contact: &str, company: &str, on: bool) -> Result<(), ApiError> {
        if !self.companies.contains_key(company) {
            return Err(no_company());
        }
        let now = self.now();
        let found = self.find_contact(contact)?;
        found.companies.retain(|there| there != company);
        if on {
            found.companies.push(company.to_owned());
        }
        found.updated_at = now;
        let step = if on { "attached" } else { "detached" };
        let mut item = render::company(self, &self.companies[company]);
        item["contact"] = render::contact_reference(self, contact);
        self.raise(&format!("company.contact.{step}"), item);
        Ok(())
    }

    /// Deletes a company; its members stay.
    ///
    /// # Errors
    ///
    /// It has to exist.
    pub fn delete_company(&mut self, id: &str) -> Result<Company, ApiError> {
        let company = self.companies.remove(id).ok_or_else(no_company)?;
        for contact in self.contacts.values_mut() {
            contact.companies.retain(|there| there != id);
        }
        self.raise(
            "company.deleted",
            serde_json::json!({ "type": "company", "id": company.id, "company_id": company.company_id }),
        );
        Ok(company)
    }
}

pub(crate) fn no_company() -> ApiError {
    ApiError::new(404, "company_not_found", "Company Not Found")
}
