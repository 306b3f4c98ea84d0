//! Writing what is known of subjects.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{CompanyId, ConversationId, MergeId, PersonId, SourceId, SubjectId, TenantId};
use identity::ledger::{Change, Entry};

use super::{Company, Membership, Sighting, named_by_name};
use crate::error::Error;
use crate::sql::{Param, fixed, params, to_json, to_word};
use crate::tx::Tx;

/// The column of an observation's conversation: part of its key, so empty instead of null.
fn place(conversation: Option<ConversationId>) -> Param {
    Param::Bytes(conversation.map(|id| id.uuid().as_bytes().to_vec()).unwrap_or_default())
}

/// Writes sightings; the same one again changes nothing.
pub(crate) async fn observe(
    tx: &mut Tx,
    (tenant, source): (TenantId, SourceId),
    sightings: &[Sighting],
) -> Result<(), Error> {
    let subjects: BTreeMap<SubjectId, &Sighting> =
        sightings.iter().map(|sighting| (sighting.facts.subject, sighting)).collect();
    let subjects = subjects.into_iter().map(|(id, sighting)| {
        let named_by = named_by_name(sighting.facts.named_by);
        params![tenant, id, source, &sighting.external_id, named_by, PersonId::of_subject(id)]
    });
    tx.insert(
        "subjects (tenant, id, source, external_id, named_by, own_person)",
        subjects,
        "ON CONFLICT (tenant, id) DO NOTHING",
    )
    .await?;
    let (mut observations, mut names, mut identifiers) = (BTreeMap::new(), Vec::new(), Vec::new());
    let (mut rejections, mut companies) = (Vec::new(), Vec::new());
    for sighting in sightings {
        let facts = &sighting.facts;
        for at in BTreeSet::from([facts.first_seen, facts.last_seen]) {
            let key = (facts.subject, at, sighting.conversation);
            let role = observations.entry(key).or_insert(facts.role);
            *role = facts.role.max(*role);
        }
        let key = |at| {
            let mut key = params![tenant, facts.subject, at];
            key.push(place(sighting.conversation));
            key
        };
        for (kind, why) in &sighting.rejected {
            rejections.push([key(facts.first_seen), params![kind.name(), why.name()]].concat());
        }
        let all = sighting.names_all_companies.then(|| Param::Bytes(Vec::new()));
        for company in facts.companies.iter().map(|company| Param::from(*company)).chain(all) {
            let mut row = key(facts.first_seen);
            row.push(company);
            companies.push(row);
        }
        for name in &facts.names {
            names.push([key(facts.first_seen), params![name]].concat());
        }
        for (identifier, at) in &facts.identifiers {
            // Seen with the subject for the first time within this sighting.
            observations.entry((facts.subject, *at, sighting.conversation)).or_insert(facts.role);
            identifiers.push([key(*at), params![identifier.kind().name(), identifier.value()]].concat());
        }
    }
    let observations = observations.into_iter().map(|((subject, at, conversation), role)| {
        let mut row = params![tenant, subject, at, to_word(&role)];
        row.push(place(conversation));
        row
    });
    tx.insert(
        "observations (tenant, subject, at, role, conversation)",
        observations,
        // Of two words of one moment the further one counts, whichever comes last.
        "ON CONFLICT (tenant, subject, at, conversation) DO UPDATE SET role = CASE
             WHEN 'user' IN (observations.role, excluded.role) THEN 'user'
             WHEN 'lead' IN (observations.role, excluded.role) THEN 'lead'
             ELSE 'visitor' END",
    )
    .await?;
    let columns = "observed_names (tenant, subject, at, conversation, name)";
    tx.insert(columns, names, "ON CONFLICT DO NOTHING").await?;
    let columns = "observed_identifiers (tenant, subject, at, conversation, kind, value)";
    tx.insert(columns, identifiers, "ON CONFLICT DO NOTHING").await?;
    let columns = "observed_rejections (tenant, subject, at, conversation, kind, why)";
    tx.insert(columns, rejections, "ON CONFLICT DO NOTHING").await?;
    let columns = "observed_companies (tenant, subject, at, conversation, company)";
    tx.insert(columns, companies, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// Forgets what was seen in conversations, except of who is `kept` there. Returns the subjects whose links this
/// may change.
pub(crate) async fn forget(
    tx: &mut Tx,
    tenant: TenantId,
    conversations: &[ConversationId],
    kept: &HashMap<ConversationId, SubjectId>,
) -> Result<BTreeSet<SubjectId>, Error> {
    let of_tenant = fixed![tenant];
    let sql = "SELECT DISTINCT subject FROM observations WHERE tenant = $1 AND conversation";
    let rows = tx.rows_in((sql, ""), &of_tenant, conversations.iter().copied()).await?;
    let seen: BTreeSet<SubjectId> = rows.into_iter().map(|mut row| row.id()).collect::<Result<_, _>>()?;
    let touched = neighbours(tx, tenant, &seen).await?;
    let whole = conversations.iter().copied().filter(|id| !kept.contains_key(id));
    let sql = "DELETE FROM observations WHERE tenant = $1 AND conversation";
    tx.execute_in((sql, ""), &of_tenant, whole).await?;
    for (conversation, subject) in kept {
        let sql = "DELETE FROM observations WHERE tenant = $1 AND conversation = $2 AND subject <> $3";
        tx.execute(sql, params![tenant, *conversation, *subject]).await?;
    }
    Ok(touched)
}

/// Removes those of `subjects` of which no observation is left, and identifiers that nobody carries any more.
pub(crate) async fn drop_unseen(
    tx: &mut Tx,
    tenant: TenantId,
    subjects: &BTreeSet<SubjectId>,
) -> Result<(), Error> {
    let sql = "DELETE FROM subjects WHERE tenant = $1 AND NOT EXISTS
         (SELECT 1 FROM observations o WHERE o.tenant = subjects.tenant AND o.subject = subjects.id) AND id";
    if tx.execute_in((sql, ""), &fixed![tenant], subjects.iter().copied()).await? > 0 {
        drop_unused_quarantine(tx, tenant).await?;
    }
    Ok(())
}

/// Forgets quarantined identifiers that nobody carries any more.
pub(crate) async fn drop_unused_quarantine(tx: &mut Tx, tenant: TenantId) -> Result<(), Error> {
    let sql = "DELETE FROM quarantined WHERE tenant = $1 AND NOT EXISTS
         (SELECT 1 FROM observed_identifiers i WHERE i.tenant = quarantined.tenant
              AND i.kind = quarantined.kind AND i.value = quarantined.value)";
    tx.execute(sql, params![tenant]).await?;
    Ok(())
}

/// Returns `subjects` and all who share an identifier or an entry of the ledger with one of them: when one of
/// `subjects` changes, whatever its closed group falls apart into holds one of these.
pub(crate) async fn neighbours(
    tx: &mut Tx,
    tenant: TenantId,
    subjects: &BTreeSet<SubjectId>,
) -> Result<BTreeSet<SubjectId>, Error> {
    // Telephone numbers never match.
    let sql = "SELECT DISTINCT other.subject FROM observed_identifiers mine
         JOIN observed_identifiers other
             ON other.tenant = mine.tenant AND other.kind = mine.kind AND other.value = mine.value
         WHERE mine.tenant = $1 AND mine.kind <> 'phone' AND mine.subject";
    let mut rows = tx.rows_in((sql, ""), &fixed![tenant], subjects.iter().copied()).await?;
    let sql = "SELECT DISTINCT s.id FROM ledger_people mine
         JOIN ledger_people other ON other.tenant = mine.tenant AND other.entry = mine.entry
         JOIN subjects s ON s.tenant = other.tenant AND s.own_person = other.person
         WHERE mine.tenant = $1 AND mine.person";
    let people = subjects.iter().map(|subject| PersonId::of_subject(*subject));
    rows.extend(tx.rows_in((sql, ""), &fixed![tenant], people).await?);
    let mut all = subjects.clone();
    for mut row in rows {
        all.insert(row.id()?);
    }
    Ok(all)
}

pub(crate) async fn add_memberships(
    tx: &mut Tx,
    tenant: TenantId,
    memberships: &[Membership],
) -> Result<(), Error> {
    let newest: BTreeMap<_, _> =
        memberships.iter().map(|one| ((one.subject, one.company, one.from), one.to)).collect();
    let rows =
        newest.into_iter().map(|((subject, company, from), to)| params![tenant, subject, company, from, to]);
    tx.insert(
        "memberships (tenant, subject, company, valid_from, valid_to)",
        rows,
        "ON CONFLICT (tenant, subject, company, valid_from) DO UPDATE SET valid_to = excluded.valid_to",
    )
    .await?;
    Ok(())
}

pub(crate) async fn add_companies(tx: &mut Tx, tenant: TenantId, companies: &[Company]) -> Result<(), Error> {
    let newest: BTreeMap<CompanyId, &Company> =
        companies.iter().map(|company| (company.id, company)).collect();
    let rows =
        newest.into_values().map(|company| params![tenant, company.id, &company.external_id, &company.name]);
    tx.insert(
        "companies (tenant, id, external_id, name)",
        rows,
        "ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name",
    )
    .await?;
    Ok(())
}

/// Removes companies by the source's ids, with who belonged to them.
pub(crate) async fn remove_companies(
    tx: &mut Tx,
    tenant: TenantId,
    external_ids: &[String],
) -> Result<(), Error> {
    let ids = || external_ids.iter().map(|external| CompanyId::derive(tenant, external));
    for sql in [
        "DELETE FROM memberships WHERE tenant = $1 AND company",
        "DELETE FROM companies WHERE tenant = $1 AND id",
    ] {
        tx.execute_in((sql, ""), &fixed![tenant], ids()).await?;
    }
    Ok(())
}

/// Writes entries of the ledger. Returns the subjects whose links this may change.
pub(crate) async fn append(
    tx: &mut Tx,
    tenant: TenantId,
    entries: &[Entry],
) -> Result<BTreeSet<SubjectId>, Error> {
    // Of two reports of one event the earlier counts, here and for `identity`, so that their order does not.
    let mut kept: BTreeMap<MergeId, &Entry> = BTreeMap::new();
    for entry in entries {
        let earliest = kept.entry(entry.id).or_insert(entry);
        *earliest = (*earliest).min(entry);
    }
    let rows = kept.values().map(|entry| {
        let undoes = match entry.change {
            Change::Undo { of } => Some(of),
            _ => None,
        };
        params![tenant, entry.id, entry.at, to_json(entry), undoes]
    });
    tx.insert(
        "ledger (tenant, id, at, entry, undoes)",
        rows,
        "ON CONFLICT (tenant, id) DO UPDATE SET at = excluded.at, entry = excluded.entry
             WHERE excluded.at < ledger.at",
    )
    .await?;
    let mut people = Vec::new();
    for entry in kept.values() {
        let of_entry: BTreeSet<PersonId> = entry.change.people().into_iter().collect();
        people.extend(of_entry.into_iter().map(|person| params![tenant, person, entry.id]));
    }
    tx.insert("ledger_people (tenant, person, entry)", people, "ON CONFLICT DO NOTHING").await?;
    people_of_entries(tx, tenant, kept.into_keys().collect()).await
}

/// Returns the subjects that gave their ids to the people of entries, or of what those undo.
async fn people_of_entries(
    tx: &mut Tx,
    tenant: TenantId,
    mut entries: BTreeSet<MergeId>,
) -> Result<BTreeSet<SubjectId>, Error> {
    let mut next = entries.clone();
    while !next.is_empty() {
        let sql = "SELECT undoes FROM ledger WHERE tenant = $1 AND undoes IS NOT NULL AND id";
        let rows = tx.rows_in((sql, ""), &fixed![tenant], std::mem::take(&mut next)).await?;
        for mut row in rows {
            let undone = row.id()?;
            if entries.insert(undone) {
                next.insert(undone);
            }
        }
    }
    let sql = "SELECT DISTINCT s.id FROM ledger_people p
         JOIN subjects s ON s.tenant = p.tenant AND s.own_person = p.person
         WHERE p.tenant = $1 AND p.entry";
    let rows = tx.rows_in((sql, ""), &fixed![tenant], entries).await?;
    rows.into_iter().map(|mut row| row.id()).collect()
}
