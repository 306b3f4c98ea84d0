//! Companies.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::gate::Call;
use crate::pages::{Cursor, numbered};
use crate::render;
use crate::state::Company;
use crate::state::company::no_company;

/// How many companies a page of a scroll holds, and after how many idle seconds a scroll ends.
const SCROLL: (usize, i64) = (100, 60);

fn page(call: &Call<'_>, companies: Vec<&Company>) -> Result<Value, ApiError> {
    let page = numbered(companies, call.query_number("page")?, call.query_number("per_page")?, 20);
    let data: Vec<Value> =
        page.items.iter().map(|company| render::company(call.workspace, company)).collect();
    Ok(json!({ "type": "list", "pages": page.pages, "total_count": page.total, "data": data }))
}

/// Companies without members are in no list.
fn listed<'a>(call: &'a Call<'_>) -> Vec<&'a Company> {
    let has_member = |company: &&Company| {
        call.workspace.contacts.values().any(|contact| contact.companies.contains(&company.id))
    };
    call.workspace.companies.values().filter(has_member).collect()
}

pub(crate) fn list(call: &mut Call<'_>) -> Result<Value, ApiError> {
    page(call, listed(call))
}

pub(crate) fn find(call: &mut Call<'_>) -> Result<Value, ApiError> {
    if let Some(company_id) = call.query("company_id") {
        let found = call.workspace.companies.values().find(|company| company.company_id == company_id);
        return Ok(render::company(call.workspace, found.ok_or_else(no_company)?));
    }
    if let Some(name) = call.query("name") {
        let found = call.workspace.companies.values().find(|company| company.name == name);
        return Ok(render::company(call.workspace, found.ok_or_else(no_company)?));
    }
    page(call, listed(call))
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let found = call.workspace.companies.get(call.path("id")).ok_or_else(no_company)?;
    Ok(render::company(call.workspace, found))
}

pub(crate) fn save(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let company_id = call.required("company_id")?;
    let name = call.text("name").unwrap_or_else(|| company_id.clone());
    let id = call.workspace.company(&company_id, &name);
    if let Some(company) = call.workspace.companies.get_mut(&id) {
        company.plan = call.body["plan"].as_str().map(str::to_owned).or_else(|| company.plan.take());
        if let Some(more) = call.body["custom_attributes"].as_object() {
            company.custom_attributes.extend(more.clone());
        }
    }
    Ok(render::company(call.workspace, &call.workspace.companies[&id]))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id").to_owned();
    let gone = call.workspace.delete_company(&id)?;
    Ok(json!({ "object": "company", "id": gone.id, "deleted": true }))
}

/// One scroll may be open at a time; it ends when it is left alone, and with its last, empty page.
pub(crate) fn scroll(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (size, idle) = SCROLL;
    let now = call.workspace.now();
    let open = call.workspace.scroll.take().filter(|(_, _, used)| now - used < idle);
    let (param, from) = match (call.query("scroll_param"), open) {
        (None, None) => (format!("69352cd2-ab5b-42ac-b004-{now:012x}"), 0),
        (None, open) => {
            call.workspace.scroll = open;
            return Err(ApiError::new(400, "scroll_exists", "scroll already exists for this workspace"));
        }
        (Some(wanted), Some((param, from, _))) if param == wanted => (param, from),
        (Some(_), open) => {
            call.workspace.scroll = open;
            return Err(ApiError::new(404, "not_found", "scroll parameter not found"));
        }
    };
    let companies: Vec<&Company> = call.workspace.companies.values().skip(from).take(size).collect();
    let data: Vec<Value> = companies.iter().map(|company| render::company(call.workspace, company)).collect();
    if !data.is_empty() {
        call.workspace.scroll = Some((param.clone(), from + data.len(), now));
    }
    Ok(json!({ "type": "list", "data": data, "pages": null, "total_count": null, "scroll_param": param }))
}

pub(crate) fn members(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = call.path("id");
    call.workspace.companies.get(id).ok_or_else(no_company)?;
    let members =
        call.workspace.contacts.values().filter(|contact| contact.companies.iter().any(|there| there == id));
    let cursor = Cursor::parse(call.query_number("per_page")?, call.query("starting_after"), 50, 150)?;
    let page = cursor.cut(members.collect(), |contact| (contact.created_at, &contact.id));
    let data: Vec<Value> =
        page.items.iter().map(|contact| render::contact(call.workspace, contact)).collect();
    Ok(json!({ "type": "list", "data": data, "total_count": page.total, "pages": page.pages }))
}

pub(crate) fn of_contact(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let contact = call.workspace.reachable(call.path("id"))?;
    let companies: Vec<Value> = contact
        .companies
        .iter()
        .filter_map(|id| call.workspace.companies.get(id))
        .map(|company| render::company(call.workspace, company))
        .collect();
    let pages = json!({ "type": "pages", "page": 1, "next": null, "per_page": 50, "total_pages": 1 });
    Ok(json!({ "type": "list", "companies": companies, "total_count": companies.len(), "pages": pages }))
}

pub(crate) fn attach(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let company =
        call.text("id").ok_or_else(|| ApiError::new(400, "parameter_not_found", "company not specified"))?;
    membership(call, &company, true)
}

pub(crate) fn detach(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let company = call.path("company").to_owned();
    membership(call, &company, false)
}

fn membership(call: &mut Call<'_>, company: &str, on: bool) -> Result<Value, ApiError> {
    let contact = call.path("id").to_owned();
    call.workspace.membership(&contact, company, on)?;
    Ok(render::company(call.workspace, &call.workspace.companies[company]))
}
