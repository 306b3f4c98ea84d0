-- Live conversations: who is connected, what came in, what was decided, and what has been written outside.
-- Ids and times; a text stands here only as long as it may have to be looked for outside.

-- Which account of which channel belongs to which tenant: asked for before any tenant is known.
CREATE TABLE channel_accounts (
    channel   TEXT   NOT NULL,
    account   TEXT   NOT NULL,
    app       TEXT   NOT NULL, -- the outside app that it was connected through
    tenant    BYTEA   NOT NULL REFERENCES tenants (id),
    source    BYTEA   NOT NULL, -- the source under which its contacts and conversations are known
    teammate  TEXT   NOT NULL, -- the teammate in whose name is written
    secret    BYTEA   NOT NULL, -- sealed
    added_at  BIGINT NOT NULL,
    polled_to BIGINT NOT NULL, -- until when changes were looked for
    PRIMARY KEY (channel, account),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);
CREATE INDEX channel_accounts_by_tenant ON channel_accounts (tenant);

CREATE TABLE deliveries (
    tenant      BYTEA   NOT NULL REFERENCES tenants (id),
    channel     TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    delivery_id TEXT   NOT NULL,
    topic       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, channel, account, delivery_id)
);
CREATE INDEX deliveries_by_time ON deliveries (tenant, received_at);

CREATE TABLE live_conversations (
    tenant          BYTEA   NOT NULL,
    conversation    BYTEA   NOT NULL,
    source          BYTEA   NOT NULL,
    external_id     TEXT   NOT NULL,
    channel         TEXT   NOT NULL,
    account         TEXT   NOT NULL,
    seen_to         BIGINT NOT NULL, -- its state outside that was last worked through
    paused_at       BIGINT,          -- since when a collision keeps automatic replies away
    hands_off_at    BIGINT,          -- since when a wish for a human keeps everything away
    automatic_count BIGINT NOT NULL, -- automatic replies so far
    PRIMARY KEY (tenant, conversation),
    FOREIGN KEY (tenant, source) REFERENCES sources (tenant, id)
);
CREATE INDEX live_conversations_by_seen ON live_conversations (tenant, seen_to);

-- What was known of a message when it arrived; never changed afterwards.
CREATE TABLE message_assurance (
    tenant       BYTEA   NOT NULL REFERENCES tenants (id),
    conversation BYTEA   NOT NULL,
    part         TEXT   NOT NULL,
    subject      BYTEA,
    role         TEXT,
    assurance    TEXT   NOT NULL,
    limits       TEXT   NOT NULL,
    at           BIGINT NOT NULL, -- when it was written
    frozen_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, conversation, part)
);
CREATE INDEX message_assurance_by_subject ON message_assurance (tenant, subject) WHERE subject IS NOT NULL;

-- What we write outside, in which state.
CREATE TABLE outgoing (
    tenant       BYTEA   NOT NULL,
    id           BYTEA   NOT NULL,
    conversation BYTEA   NOT NULL,
    kind         TEXT   NOT NULL, -- note, reply
    state        TEXT   NOT NULL, -- queued, sending, sent, refused, unknown, superseded, given_up
    mark         TEXT   NOT NULL,
    trace        BYTEA   NOT NULL,
    covers       TEXT   NOT NULL, -- the parts it was written about, kept when they are free again
    text         TEXT,
    part         TEXT,
    why          TEXT,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, conversation) REFERENCES live_conversations (tenant, conversation) ON DELETE CASCADE
);
CREATE INDEX outgoing_by_conversation ON outgoing (tenant, conversation, created_at, id);
-- One thing at a time is on its way into a conversation.
CREATE UNIQUE INDEX outgoing_open_once ON outgoing (tenant, conversation)
    WHERE state IN ('queued', 'sending', 'unknown');

-- The parts that something written, or on its way, is about.
CREATE TABLE outgoing_parts (
    tenant       BYTEA NOT NULL,
    conversation BYTEA NOT NULL,
    part         TEXT NOT NULL,
    outgoing     BYTEA NOT NULL,
    PRIMARY KEY (tenant, conversation, part),
    FOREIGN KEY (tenant, outgoing) REFERENCES outgoing (tenant, id) ON DELETE CASCADE
);
CREATE INDEX outgoing_parts_by_outgoing ON outgoing_parts (tenant, outgoing);

-- What was done about a customer's need: one for each of its parts.
CREATE TABLE outcomes (
    tenant       BYTEA   NOT NULL,
    id           BYTEA   NOT NULL, -- also the id of its trace
    conversation BYTEA   NOT NULL,
    topic        TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    reason       TEXT,
    standing     BIGINT NOT NULL, -- 0 for a silence that ends when its reason does
    outgoing     BYTEA,
    at           BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, conversation) REFERENCES live_conversations (tenant, conversation) ON DELETE CASCADE
);
CREATE INDEX outcomes_by_conversation ON outcomes (tenant, conversation, at, id);
CREATE INDEX outcomes_by_time ON outcomes (tenant, at);

CREATE TABLE outcome_parts (
    tenant       BYTEA NOT NULL,
    conversation BYTEA NOT NULL,
    part         TEXT NOT NULL,
    outcome      BYTEA NOT NULL,
    PRIMARY KEY (tenant, conversation, part),
    FOREIGN KEY (tenant, outcome) REFERENCES outcomes (tenant, id) ON DELETE CASCADE
);
CREATE INDEX outcome_parts_by_outcome ON outcome_parts (tenant, outcome);

-- A person of the company wrote at the same time as we did.
CREATE TABLE collisions (
    tenant       BYTEA   NOT NULL,
    conversation BYTEA   NOT NULL,
    part         TEXT   NOT NULL, -- ours
    human_part   TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (tenant, conversation, part),
    FOREIGN KEY (tenant, conversation) REFERENCES live_conversations (tenant, conversation) ON DELETE CASCADE
);

-- Who switched what, newest last; nothing is overwritten.
CREATE TABLE switches (
    tenant       BYTEA   NOT NULL REFERENCES tenants (id),
    seq          BIGINT NOT NULL,
    kind         TEXT   NOT NULL, -- stop, mode
    topic        TEXT   NOT NULL, -- empty for all that have no switch of their own
    value        TEXT   NOT NULL,
    changed_by   TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    confirmed_by TEXT,
    confirmed_at BIGINT,
    PRIMARY KEY (tenant, seq)
);
