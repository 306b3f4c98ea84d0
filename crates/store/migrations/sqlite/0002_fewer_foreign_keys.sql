-- Readers, turns and details are written and removed with what they belong to, and the check of the whole
-- database looks for ones left behind; a foreign key on each of their rows cost more than writing them.

CREATE TABLE readers_next (
    tenant       BLOB   NOT NULL,
    conversation BLOB   NOT NULL,
    position     BIGINT NOT NULL,
    subject      BLOB   NOT NULL,
    PRIMARY KEY (tenant, conversation, position)
);
INSERT INTO readers_next SELECT tenant, conversation, position, subject FROM conversation_readers;
DROP TABLE conversation_readers;
ALTER TABLE readers_next RENAME TO conversation_readers;
CREATE INDEX conversation_readers_by_subject ON conversation_readers (tenant, subject);

CREATE TABLE turns_next (
    tenant       BLOB   NOT NULL,
    conversation BLOB   NOT NULL,
    position     BIGINT NOT NULL,
    author       TEXT   NOT NULL,
    author_id    TEXT,
    at           BIGINT NOT NULL,
    text         TEXT   NOT NULL,
    cites        TEXT   NOT NULL,
    PRIMARY KEY (tenant, conversation, position)
);
INSERT INTO turns_next SELECT tenant, conversation, position, author, author_id, at, text, cites FROM turns;
DROP TABLE turns;
ALTER TABLE turns_next RENAME TO turns;

CREATE TABLE details_next (
    tenant      BLOB   NOT NULL,
    hash        BIGINT NOT NULL,
    needed      BIGINT NOT NULL,
    shown_from  BIGINT,
    shared_from BIGINT NOT NULL,
    told        BLOB   NOT NULL,
    PRIMARY KEY (hash, tenant)
) WITHOUT ROWID;
INSERT INTO details_next SELECT tenant, hash, needed, shown_from, shared_from, told FROM details;
DROP TABLE details;
ALTER TABLE details_next RENAME TO details;
