//! Everything that belongs to a person, by the keys under which tables hold it.

use super::*;

/// The keys.
#[derive(Debug, Default)]
pub(super) struct Reach {
    tenant: Option<TenantId>,
    subjects: BTreeSet<SubjectId>,
    people: BTreeSet<PersonId>,
    pub(super) conversations: BTreeSet<ConversationId>,
    pub(super) documents: BTreeSet<DocumentId>,
    versions: BTreeSet<VersionId>,
    pub(super) chunks: BTreeSet<ChunkId>,
    texts: BTreeSet<[u8; 32]>,
    entries: BTreeSet<MergeId>,
    traces: BTreeSet<TraceId>,
    external: BTreeSet<String>,
}

impl Reach {
    pub(super) async fn of(
        tx: &mut Tx,
        tenant: TenantId,
        subjects: &BTreeSet<SubjectId>,
    ) -> Result<Self, Error> {
        let mut reach = Self { tenant: Some(tenant), subjects: subjects.clone(), ..Self::default() };
        reach.people = subjects.iter().map(|subject| PersonId::of_subject(*subject)).collect();
        reach.find_conversations(tx).await?;
        reach.find_documents(tx).await?;
        reach.find_entries(tx).await?;
        Ok(reach)
    }

    /// Returns the conversations as a list.
    pub(super) fn list(&self) -> Vec<ConversationId> {
        self.conversations.iter().copied().collect()
    }

    async fn find_conversations(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let subjects = self.subjects.clone();
        for sql in [
            "SELECT id FROM conversations WHERE tenant = $1 AND subject_id",
            "SELECT DISTINCT conversation FROM conversation_readers WHERE tenant = $1 AND subject",
            "SELECT DISTINCT conversation FROM observations
             WHERE tenant = $1 AND LENGTH(conversation) > 0 AND subject",
            "SELECT DISTINCT conversation FROM message_assurance WHERE tenant = $1 AND subject",
        ] {
            let rows = tx.rows_in((sql, ""), &self.of_tenant(), subjects.iter().copied()).await?;
            self.conversations.extend(ids::<ConversationId>(rows)?);
        }
        let all = self.list();
        for sql in [
            "SELECT id FROM outcomes WHERE tenant = $1 AND conversation",
            "SELECT trace FROM outgoing WHERE tenant = $1 AND conversation",
        ] {
            let rows = tx.rows_in((sql, ""), &self.of_tenant(), all.iter().copied()).await?;
            self.traces.extend(ids::<TraceId>(rows)?);
        }
        for sql in [
            "SELECT external_id FROM conversations WHERE tenant = $1 AND id",
            "SELECT external_id FROM live_conversations WHERE tenant = $1 AND conversation",
        ] {
            for mut row in tx.rows_in((sql, ""), &self.of_tenant(), all.iter().copied()).await? {
                self.external.insert(row.text()?);
            }
        }
        let sql = "SELECT external_id FROM subjects WHERE tenant = $1 AND id";
        for mut row in tx.rows_in((sql, ""), &self.of_tenant(), subjects).await? {
            let name = row.text()?;
            self.external.extend(name.strip_prefix("contact_id:").map(str::to_owned));
        }
        Ok(())
    }

    async fn find_documents(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let (of_tenant, subjects) = (self.of_tenant(), self.subjects.clone());
        let sql = "SELECT id FROM documents WHERE tenant = $1 AND conversation";
        let rows = tx.rows_in((sql, ""), &of_tenant, self.list()).await?;
        self.documents.extend(ids::<DocumentId>(rows)?);
        for sql in [
            "SELECT DISTINCT v.document FROM made_from m
             JOIN versions v ON v.tenant = m.tenant AND v.id = m.version WHERE m.tenant = $1 AND m.subject",
            "SELECT DISTINCT document FROM chunks WHERE tenant = $1 AND audience = 'person' AND audience_id",
        ] {
            let rows = tx.rows_in((sql, ""), &of_tenant, subjects.iter().copied()).await?;
            self.documents.extend(ids::<DocumentId>(rows)?);
        }
        let documents = self.documents.clone();
        let sql = "SELECT id FROM versions WHERE tenant = $1 AND document";
        let rows = tx.rows_in((sql, ""), &of_tenant, documents.iter().copied()).await?;
        self.versions = ids(rows)?;
        let sql = "SELECT id, search_text FROM chunks WHERE tenant = $1 AND document";
        for mut row in tx.rows_in((sql, ""), &of_tenant, documents).await? {
            self.chunks.insert(row.id()?);
            // As the vectors of texts are kept.
            self.texts.insert(domain::text::hash(&[row.text()?.as_bytes()]));
        }
        Ok(())
    }

    /// Finds the entries of the ledger about the person, what those undo, and what undoes them.
    async fn find_entries(&mut self, tx: &mut Tx) -> Result<(), Error> {
        let sql = "SELECT DISTINCT entry FROM ledger_people WHERE tenant = $1 AND person";
        let rows = tx.rows_in((sql, ""), &self.of_tenant(), self.people.iter().copied()).await?;
        let mut open = ids::<MergeId>(rows)?;
        while !open.is_empty() {
            self.entries.extend(&open);
            let sql = "SELECT id FROM ledger WHERE tenant = $1 AND undoes";
            let rows = tx.rows_in((sql, ""), &self.of_tenant(), open).await?;
            open = ids::<MergeId>(rows)?.difference(&self.entries).copied().collect();
        }
        Ok(())
    }

    fn of_tenant(&self) -> Vec<Param> {
        params![self.tenant]
    }

    /// Returns what a key stands for, and the parameters in front.
    fn keys(&self, key: Key) -> (Vec<Param>, Vec<Param>) {
        fn all<T: Copy + Into<Param>>(keys: &BTreeSet<T>) -> Vec<Param> {
            keys.iter().map(|key| (*key).into()).collect()
        }
        let keys = match key {
            Key::Subject => all(&self.subjects),
            Key::Conversation => all(&self.conversations),
            Key::Document => all(&self.documents),
            Key::Version => all(&self.versions),
            Key::Chunk => all(&self.chunks),
            Key::Entry => all(&self.entries),
            Key::Trace => all(&self.traces),
            Key::TextHash => self.texts.iter().map(Param::from).collect(),
            Key::Group => self.conversations.iter().map(|id| Param::from(id.to_string())).collect(),
            Key::External => self.external.iter().map(Param::from).collect(),
        };
        // Vectors belong to no tenant.
        let fixed = if key == Key::TextHash { Vec::new() } else { self.of_tenant() };
        (fixed, keys)
    }

    pub(super) async fn rows(&self, tx: &mut Tx, key: Key, sql: &'static str) -> Result<Vec<Row>, Error> {
        let (fixed, keys) = self.keys(key);
        tx.rows_in((sql, ""), &fixed, keys).await
    }

    pub(super) async fn delete(&self, tx: &mut Tx, key: Key, sql: &'static str) -> Result<u64, Error> {
        let (fixed, keys) = self.keys(key);
        tx.execute_in((sql, ""), &fixed, keys).await
    }
}
