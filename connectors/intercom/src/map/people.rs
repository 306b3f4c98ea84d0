//! Contacts and companies.

use domain::record::{PersonChange, PersonEvent, RawCompany, RawCustomer, Role};

use super::moment;
use crate::wire;

/// Makes the customer of a contact.
pub(crate) fn customer(contact: &wire::Contact) -> RawCustomer {
    let role = contact.role.as_deref().or(contact.kind.as_deref()).and_then(self::role);
    RawCustomer {
        contact_id: contact.id.clone(),
        account_id: contact.external_id.clone().filter(|_| is_own(role)),
        name: contact.name.clone(),
        email: contact.email.clone(),
        phone: contact.phone.clone(),
        role,
        companies: contact.companies.iter().filter_map(|company| company.id.clone()).collect(),
    }
}

/// Reports whether an `external_id` is the id in the company's own product: Intercom makes up those of leads
/// and visitors.
pub(crate) fn is_own(role: Option<Role>) -> bool {
    !matches!(role, Some(Role::Lead | Role::Visitor))
}

/// Reads a role; a word that may mean either says nothing.
pub(crate) fn role(word: &str) -> Option<Role> {
    match word {
        "user" => Some(Role::User),
        "lead" => Some(Role::Lead),
        "visitor" => Some(Role::Visitor),
        _ => None,
    }
}

/// Makes the event of a contact that was seen, dated by its last change: what it says was not surely so
/// before.
///
/// # Errors
/// Says what is missing.
pub(crate) fn seen(contact: &wire::Contact) -> Result<PersonEvent, &'static str> {
    if contact.id.is_none() {
        return Err("has no `id`");
    }
    let at = contact.updated_at.or(contact.created_at).ok_or("has neither `updated_at` nor `created_at`")?;
    Ok(PersonEvent { at: moment(at), change: PersonChange::Seen(customer(contact)) })
}

/// Makes a company. Its id is Intercom's own, because contacts name their companies by it.
///
/// # Errors
/// Says what is missing.
pub(crate) fn company(company: &wire::Company) -> Result<RawCompany, &'static str> {
    let external_id = company.id.clone().ok_or("has no `id`")?;
    let name = company.name.clone().or_else(|| company.company_id.clone()).unwrap_or_default();
    Ok(RawCompany { external_id, name })
}
