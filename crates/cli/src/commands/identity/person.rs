//! `backstory identity audit | show | merge | unmerge | export | erase | log`

use std::process::ExitCode;

use app::people::{Audit, Card, Changed, Proof, Register};
use app::seams::Seams;

use super::Given;
use crate::args;

async fn register(given: &Given, tenant: &args::Tenant, by: &str) -> anyhow::Result<Register> {
    Register::open(&given.places, &given.settings()?, Seams::real(), (&tenant.tenant, by)).await
}

pub(super) async fn audit(given: &Given, args: &args::Tenant) -> anyhow::Result<ExitCode> {
    let register = register(given, args, "").await?;
    given.output.result(&register.audit().await?, audit_text)?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

fn audit_text(audit: &Audit) -> String {
    let report = &audit.report;
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let mut text = format!(
        "{} conversations; customer identified in {} ({}), proven in {} ({})\n\n",
        report.conversations,
        report.identified,
        share(audit.identified_share),
        report.verified,
        share(audit.verified_share),
    );
    let rows = [
        ("people", report.people),
        ("pairs that may be one person", report.duplicates),
        ("placeholders instead of ids", report.placeholders),
        ("user ids shared by several people", report.shared_ids),
        ("addresses shared by several people", report.shared_emails),
        ("identities that belong to nobody", report.apart),
        ("stale leads", report.stale_leads),
    ];
    text.push_str(&format!("{:>8}  {:>13}\n", "count", "conversations"));
    for (what, touched) in rows {
        text.push_str(&format!("{:>8}  {:>13}  {what}\n", touched.count, touched.conversations));
    }
    for (why, touched) in &report.placeholders_by_reason {
        text.push_str(&format!(
            "{:>8}  {:>13}    of these: {}\n",
            touched.count,
            touched.conversations,
            why.name()
        ));
    }
    text
}

pub(super) async fn show(given: &Given, args: &args::OnePerson) -> anyhow::Result<ExitCode> {
    let register = register(given, &args.by.tenant, &args.by.by).await?;
    given.output.result(&register.show(&args.person).await?, card_text)?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

fn card_text(card: &Card) -> String {
    let list = |lines: Vec<String>| if lines.is_empty() { "  none\n".to_owned() } else { lines.concat() };
    let names: Vec<&str> = card.names.iter().map(String::as_str).collect();
    let identifiers = card.identifiers.iter().map(|one| {
        let why = one.quarantined.as_ref().map_or(String::new(), |why| format!("  not matched by: {why}"));
        format!("  {}  since {}{why}\n", one.identifier, one.since)
    });
    let ledger = card.ledger.iter().map(|line| {
        let entry = &line.entry;
        let counts = if line.counts { "" } else { "  (undone)" };
        format!("  {}  {}  by {}  {:?}  {}{counts}\n", entry.id, entry.at, entry.by, entry.change, entry.why)
    });
    format!(
        "person:{}\n{:?}, seen from {} to {}\nNames: {}\nCompanies: {}\n\nIdentifiers\n{}\nLedger\n{}\nConversations\n{}\nHeld\n{}",
        card.person,
        card.role,
        card.first_seen,
        card.last_seen,
        names.join(", "),
        card.companies.join(", "),
        list(identifiers.collect()),
        list(ledger.collect()),
        list(card.conversations.iter().map(|id| format!("  {id}\n")).collect()),
        list(card.held.iter().map(|found| format!("  {:>8}  {}\n", found.rows, found.table)).collect()),
    )
}

pub(super) async fn merge(given: &Given, args: &args::Merge) -> anyhow::Result<ExitCode> {
    let register = register(given, &args.by.tenant, &args.by.by).await?;
    let changed = register.merge(&args.one, &args.other, &args.why).await?;
    given.output.result(&changed, |changed| changed_text("Merged", changed))?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn unmerge(given: &Given, args: &args::Unmerge) -> anyhow::Result<ExitCode> {
    let register = register(given, &args.by.tenant, &args.by.by).await?;
    let changed = register.unmerge(&args.entry, &args.why).await?;
    given.output.result(&changed, |changed| changed_text("Undone", changed))?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

fn changed_text(what: &str, changed: &Changed) -> String {
    let people: Vec<String> = changed.people.iter().map(|person| format!("`person:{person}`")).collect();
    format!(
        "{what}, from now on: {}.\nTo take it back: backstory identity unmerge {}",
        people.join(" and "),
        changed.entry
    )
}

pub(super) async fn export(given: &Given, args: &args::OnePerson) -> anyhow::Result<ExitCode> {
    let register = register(given, &args.by.tenant, &args.by.by).await?;
    let all = register.export(&args.person).await?;
    given.output.result(&all, |all| format!("{all:#}"))?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn erase(given: &Given, args: &args::OnePerson) -> anyhow::Result<ExitCode> {
    // Looked up first without a model: a key that names nobody should not have to wait for one.
    let register = register(given, &args.by.tenant, &args.by.by).await?;
    register.find(&args.person).await?;
    register.close().await;
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant(&args.by.tenant.tenant).await?;
    given.output.result(&app.erase(tenant, &args.person, &args.by.by).await?, proof_text)?;
    Ok(ExitCode::SUCCESS)
}

fn proof_text(proof: &Proof) -> String {
    let mut text = format!("Erased person:{} at {}\n\nFound and erased\n", proof.person, proof.at);
    for found in &proof.found {
        text.push_str(&format!("  {:>8}  {}\n", found.rows, found.table));
    }
    text.push_str(&format!("  {:>8}  pieces of the index\n\nA search finds now\n", proof.index_removed));
    let left: u64 = proof.left.iter().map(|found| found.rows).sum();
    text.push_str(&format!(
        "  {left:>8}  rows in all tables\n  {:>8}  pieces of the index\n",
        proof.index_waiting
    ));
    let mentions: u64 = proof.mentions.iter().map(|mention| mention.rows).sum();
    text.push_str(&format!("  {mentions:>8}  texts of others that name the person\n"));
    for mention in &proof.mentions {
        text.push_str(&format!("  {:>8}    in {}\n", mention.rows, mention.place));
    }
    text.push_str("\nWhat remains elsewhere\n");
    for remains in &proof.remains {
        text.push_str(&format!("  {}: {}\n", remains.place, remains.until));
    }
    text
}

pub(super) async fn log(given: &Given, args: &args::Tenant) -> anyhow::Result<ExitCode> {
    let register = register(given, args, "").await?;
    given.output.lines(&register.log().await?, |all| {
        let about =
            |about: Option<domain::PersonId>| about.map_or("-".to_owned(), |id| format!("person:{id}"));
        let line = |one: &app::people::Audited| {
            format!("{}  {}  {}  {}  {}\n", one.at, one.actor, one.action, about(one.about), one.detail)
        };
        all.iter().map(line).collect()
    })?;
    register.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn expire(given: &Given, args: &args::By) -> anyhow::Result<ExitCode> {
    let app = given.app(given.settings()?).await?;
    let tenant = app.tenant(&args.tenant.tenant).await?;
    given.output.result(&app.expire(tenant, &args.by).await?, |expired| {
        format!(
            "Removed by age: {} conversations, {} rows of live conversations, {} notifications.",
            expired.conversations, expired.traces, expired.deliveries
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
