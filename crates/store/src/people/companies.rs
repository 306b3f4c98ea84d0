//! Who belonged to which company when: derived from the companies of all sightings, so that their order does
//! not matter.

use std::collections::{BTreeMap, BTreeSet};

use domain::{CompanyId, SubjectId, TenantId, Timestamp};

use crate::error::Error;
use crate::people::{Membership, add_memberships};
use crate::sql::fixed;
use crate::tx::Tx;

/// What the sightings of one moment say.
#[derive(Debug, Default)]
struct Said {
    companies: BTreeSet<CompanyId>,
    all: bool,
}

/// Derives the memberships of `subjects` again, of those that were ever seen with companies.
pub(crate) async fn derive_memberships(
    tx: &mut Tx,
    tenant: TenantId,
    subjects: &BTreeSet<SubjectId>,
) -> Result<(), Error> {
    let sql = "SELECT subject, at, company FROM observed_companies WHERE tenant = $1 AND subject";
    let mut seen: BTreeMap<SubjectId, BTreeMap<Timestamp, Said>> = BTreeMap::new();
    for mut row in tx.rows_in((sql, ""), &fixed![tenant], subjects.iter().copied()).await? {
        let (subject, at) = (row.id()?, row.time()?);
        let said = seen.entry(subject).or_default().entry(at).or_default();
        match row.maybe_id()? {
            Some(company) => drop(said.companies.insert(company)),
            None => said.all = true,
        }
    }
    let sql = "DELETE FROM memberships WHERE tenant = $1 AND subject";
    tx.execute_in((sql, ""), &fixed![tenant], seen.keys().copied()).await?;
    let memberships: Vec<Membership> =
        seen.iter().flat_map(|(subject, moments)| memberships(*subject, moments)).collect();
    add_memberships(tx, tenant, &memberships).await
}

/// A membership begins with the first sighting that names the company and ends with the first later one that
/// names all companies and not this one.
fn memberships(subject: SubjectId, moments: &BTreeMap<Timestamp, Said>) -> Vec<Membership> {
    let mut open: BTreeMap<CompanyId, Timestamp> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, said) in moments {
        if said.all {
            open.retain(|company, from| {
                let stays = said.companies.contains(company);
                if !stays {
                    found.push(Membership { subject, company: *company, from: *from, to: *at });
                }
                stays
            });
        }
        for company in &said.companies {
            open.entry(*company).or_insert(*at);
        }
    }
    let lasting = |(company, from)| Membership { subject, company, from, to: Timestamp::OPEN };
    found.extend(open.into_iter().map(lasting));
    found
}
