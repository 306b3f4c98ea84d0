-- Ids are 16 bytes, times are milliseconds since 1970 in UTC, an open end is the year 9999, JSON is text.
-- Every row names its tenant; the folder `sqlite` holds the same schema in step.

CREATE TABLE tenants (
    id          BYTEA  NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    outbox_seq  BIGINT NOT NULL DEFAULT 0, -- last number given to an index outbox row
    outbox_done BIGINT NOT NULL DEFAULT 0  -- highest number that the index has kept
);

CREATE TABLE sources (
    tenant            BYTEA  NOT NULL REFERENCES tenants (id),
    id                BYTEA  NOT NULL,
    kind              TEXT   NOT NULL,
    account           TEXT   NOT NULL,
    name              TEXT   NOT NULL,
    cursor            TEXT,
    last_full_listing BIGINT,
    created_at        BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row per thing read from a source, with the hash of what was read.
CREATE TABLE items (
    tenant      BYTEA  NOT NULL,
    source      BYTEA  NOT NULL,
    kind        TEXT   NOT NULL,
    external_id TEXT   NOT NULL,
    hash        BYTEA  NOT NULL,
    read_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, kind, external_id),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);

CREATE TABLE conversations (
    tenant        BYTEA  NOT NULL,
    id            BYTEA  NOT NULL,
    source        BYTEA  NOT NULL,
    external_id   TEXT   NOT NULL,
    channel       TEXT   NOT NULL,
    language      TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    subject_id    BYTEA,
    subject       TEXT,
    topic         TEXT,
    tags          TEXT   NOT NULL,
    status        TEXT   NOT NULL,
    solution_turn BIGINT,
    rating        BIGINT,
    weight        DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);
CREATE INDEX conversations_by_time ON conversations (tenant, created_at, id);
CREATE INDEX conversations_by_external_id ON conversations (tenant, source, external_id);

CREATE TABLE conversation_readers (
    tenant       BYTEA  NOT NULL,
    conversation BYTEA  NOT NULL,
    position     BIGINT NOT NULL,
    subject      BYTEA  NOT NULL,
    PRIMARY KEY (tenant, conversation, position),
    FOREIGN KEY (tenant, conversation) REFERENCES conversations (tenant, id) ON DELETE CASCADE
);
CREATE INDEX conversation_readers_by_subject ON conversation_readers (tenant, subject);

CREATE TABLE turns (
    tenant       BYTEA  NOT NULL,
    conversation BYTEA  NOT NULL,
    position     BIGINT NOT NULL,
    author       TEXT   NOT NULL,
    author_id    TEXT,
    at           BIGINT NOT NULL,
    text         TEXT   NOT NULL,
    cites        TEXT   NOT NULL,
    PRIMARY KEY (tenant, conversation, position),
    FOREIGN KEY (tenant, conversation) REFERENCES conversations (tenant, id) ON DELETE CASCADE
);

CREATE TABLE documents (
    tenant       BYTEA  NOT NULL,
    id           BYTEA  NOT NULL,
    source       BYTEA  NOT NULL,
    kind         TEXT   NOT NULL,
    external_id  TEXT   NOT NULL,
    conversation BYTEA,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);
CREATE INDEX documents_by_external_id ON documents (tenant, source, external_id);
CREATE INDEX documents_by_conversation ON documents (tenant, conversation) WHERE conversation IS NOT NULL;

CREATE TABLE versions (
    tenant        BYTEA  NOT NULL,
    id            BYTEA  NOT NULL,
    document      BYTEA  NOT NULL,
    origin        BYTEA  NOT NULL, -- the version as it was handed in; another id where an old text came back
    title         TEXT   NOT NULL,
    url           TEXT,
    language      TEXT   NOT NULL,
    audience      TEXT   NOT NULL,
    audience_id   BYTEA,
    applicability TEXT,
    created_at    BIGINT,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL,
    version_known BIGINT NOT NULL,
    markdown      TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, document) REFERENCES documents (tenant, id) ON DELETE CASCADE
);
CREATE INDEX versions_by_document ON versions (tenant, document, valid_from);

CREATE TABLE made_from (
    tenant  BYTEA NOT NULL,
    version BYTEA NOT NULL,
    subject BYTEA NOT NULL,
    PRIMARY KEY (tenant, version, subject),
    FOREIGN KEY (tenant, version) REFERENCES versions (tenant, id) ON DELETE CASCADE
);
CREATE INDEX made_from_by_subject ON made_from (tenant, subject);

CREATE TABLE chunks (
    tenant        BYTEA  NOT NULL,
    id            BYTEA  NOT NULL,
    document      BYTEA  NOT NULL,
    version       BYTEA  NOT NULL,
    position      BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    audience      TEXT   NOT NULL,
    audience_id   BYTEA,
    applicability TEXT,
    language      TEXT   NOT NULL,
    conversation  BYTEA,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL,
    heading_path  TEXT   NOT NULL,
    anchor        TEXT,
    search_text   TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    leads_to      TEXT   NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, version) REFERENCES versions (tenant, id) ON DELETE CASCADE
);
CREATE INDEX chunks_by_version ON chunks (tenant, version);
CREATE INDEX chunks_by_document ON chunks (tenant, document);
CREATE INDEX chunks_by_audience ON chunks (tenant, audience_id) WHERE audience_id IS NOT NULL;

-- The texts of learned answers without covers, and the places that are covered.
CREATE TABLE learned_slots (
    tenant BYTEA NOT NULL,
    chunk  BYTEA NOT NULL,
    text   TEXT NOT NULL,
    slots  TEXT NOT NULL,
    PRIMARY KEY (tenant, chunk),
    FOREIGN KEY (tenant, chunk) REFERENCES chunks (tenant, id) ON DELETE CASCADE
);

-- Rare details under keyed hashes, and since when each is no secret.
CREATE TABLE details (
    tenant      BYTEA  NOT NULL REFERENCES tenants (id),
    hash        BIGINT NOT NULL,
    needed      BIGINT NOT NULL,
    shown_from  BIGINT,
    shared_from BIGINT NOT NULL,
    told        BYTEA  NOT NULL, -- 24 bytes for each listener: company, domain, first time
    PRIMARY KEY (hash, tenant)   -- thousands are asked for at once, and the hash alone tells them apart
);

CREATE TABLE index_outbox (
    tenant BYTEA  NOT NULL REFERENCES tenants (id),
    seq    BIGINT NOT NULL,
    op     TEXT   NOT NULL,
    chunk  BYTEA  NOT NULL,
    PRIMARY KEY (tenant, chunk)
);
CREATE UNIQUE INDEX index_outbox_by_seq ON index_outbox (tenant, seq);

CREATE TABLE embeddings (
    model     TEXT NOT NULL, -- checksum of the model
    text_hash BYTEA NOT NULL,
    vector    BYTEA NOT NULL, -- f32, little endian
    PRIMARY KEY (model, text_hash)
);

CREATE TABLE subjects (
    tenant      BYTEA NOT NULL,
    id          BYTEA NOT NULL,
    source      BYTEA NOT NULL,
    external_id TEXT NOT NULL,
    named_by    TEXT NOT NULL,
    own_person  BYTEA NOT NULL, -- the person that has its id from this subject
    apart       TEXT,          -- why it belongs to nobody
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);
CREATE INDEX subjects_by_person ON subjects (tenant, own_person);

-- What is known of a subject is the sum of its observations, and goes with them.
CREATE TABLE observations (
    tenant       BYTEA  NOT NULL,
    subject      BYTEA  NOT NULL,
    at           BIGINT NOT NULL,
    conversation BYTEA  NOT NULL, -- empty where it was seen outside of one
    role         TEXT   NOT NULL,
    PRIMARY KEY (tenant, subject, at, conversation),
    FOREIGN KEY (tenant, subject) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX observations_by_conversation ON observations (tenant, conversation);

CREATE TABLE observed_names (
    tenant       BYTEA  NOT NULL,
    subject      BYTEA  NOT NULL,
    at           BIGINT NOT NULL,
    conversation BYTEA  NOT NULL,
    name         TEXT   NOT NULL,
    PRIMARY KEY (tenant, subject, at, conversation, name),
    FOREIGN KEY (tenant, subject, at, conversation)
        REFERENCES observations (tenant, subject, at, conversation) ON DELETE CASCADE
);

CREATE TABLE observed_identifiers (
    tenant       BYTEA  NOT NULL,
    subject      BYTEA  NOT NULL,
    at           BIGINT NOT NULL,
    conversation BYTEA  NOT NULL,
    kind         TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    PRIMARY KEY (tenant, subject, at, conversation, kind, value),
    FOREIGN KEY (tenant, subject, at, conversation)
        REFERENCES observations (tenant, subject, at, conversation) ON DELETE CASCADE
);
CREATE INDEX observed_identifiers_by_value ON observed_identifiers (tenant, kind, value, subject);

-- Identifiers that must not be matched by; derived.
CREATE TABLE quarantined (
    tenant BYTEA NOT NULL REFERENCES tenants (id),
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    why    TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, value)
);

CREATE TABLE ledger (
    tenant BYTEA  NOT NULL REFERENCES tenants (id),
    id     BYTEA  NOT NULL,
    at     BIGINT NOT NULL,
    entry  TEXT   NOT NULL,
    undoes BYTEA,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX ledger_by_time ON ledger (tenant, at, id);
CREATE INDEX ledger_by_undone ON ledger (tenant, undoes) WHERE undoes IS NOT NULL;

-- The people that an entry speaks of.
CREATE TABLE ledger_people (
    tenant BYTEA NOT NULL,
    person BYTEA NOT NULL,
    entry  BYTEA NOT NULL,
    PRIMARY KEY (tenant, person, entry),
    FOREIGN KEY (tenant, entry) REFERENCES ledger (tenant, id) ON DELETE CASCADE
);

-- Which person a subject is, and when; derived from observations and the ledger.
CREATE TABLE links (
    tenant     BYTEA  NOT NULL,
    subject    BYTEA  NOT NULL,
    person     BYTEA  NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    made_by    TEXT   NOT NULL,
    PRIMARY KEY (tenant, subject, valid_from),
    FOREIGN KEY (tenant, subject) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX links_by_person ON links (tenant, person);

CREATE TABLE companies (
    tenant      BYTEA NOT NULL REFERENCES tenants (id),
    id          BYTEA NOT NULL,
    external_id TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE memberships (
    tenant     BYTEA  NOT NULL,
    subject    BYTEA  NOT NULL,
    company    BYTEA  NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject, company, valid_from),
    FOREIGN KEY (tenant, subject) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX memberships_by_company ON memberships (tenant, company);

CREATE TABLE jobs (
    id           BYTEA  NOT NULL PRIMARY KEY,
    tenant       BYTEA  NOT NULL REFERENCES tenants (id),
    kind         TEXT   NOT NULL,
    group_key    TEXT,
    dedupe_key   TEXT,
    args         TEXT   NOT NULL,
    state        TEXT   NOT NULL, -- ready, running, dead
    due_at       BIGINT NOT NULL, -- when it was first due: its place within the group
    run_at       BIGINT NOT NULL, -- when it may run next
    token        BIGINT NOT NULL, -- fencing token, raised with every claim
    leased_until BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    last_error   TEXT
);
CREATE INDEX jobs_by_time ON jobs (state, run_at);
CREATE INDEX jobs_by_group ON jobs (tenant, group_key, due_at, id) WHERE group_key IS NOT NULL;
CREATE UNIQUE INDEX jobs_waiting_once ON jobs (tenant, kind, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND state = 'ready';

CREATE TABLE traces (
    tenant BYTEA  NOT NULL REFERENCES tenants (id),
    id     BYTEA  NOT NULL,
    at     BIGINT NOT NULL,
    body   TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX traces_by_time ON traces (tenant, at);
