-- What the privacy of people asks for: what identified nobody, who belonged to which company when, who was
-- erased, and who looked at or changed what.

-- Stated of a subject, and identifying nobody: the kind and the reason, never the text.
CREATE TABLE observed_rejections (
    tenant       BLOB   NOT NULL,
    subject      BLOB   NOT NULL,
    at           BIGINT NOT NULL,
    conversation BLOB   NOT NULL,
    kind         TEXT   NOT NULL,
    why          TEXT   NOT NULL,
    PRIMARY KEY (tenant, subject, at, conversation, kind, why),
    FOREIGN KEY (tenant, subject, at, conversation)
        REFERENCES observations (tenant, subject, at, conversation) ON DELETE CASCADE
);

-- Companies that a subject was seen with. An empty company says that the sighting named all there were.
CREATE TABLE observed_companies (
    tenant       BLOB   NOT NULL,
    subject      BLOB   NOT NULL,
    at           BIGINT NOT NULL,
    conversation BLOB   NOT NULL,
    company      BLOB   NOT NULL,
    PRIMARY KEY (tenant, subject, at, conversation, company),
    FOREIGN KEY (tenant, subject, at, conversation)
        REFERENCES observations (tenant, subject, at, conversation) ON DELETE CASCADE
);
INSERT INTO observed_companies
    SELECT m.tenant, m.subject, o.at, o.conversation, m.company FROM memberships m
    JOIN observations o ON o.tenant = m.tenant AND o.subject = m.subject AND o.at = m.valid_from;

-- What must not come back, under keyed hashes: whatever is from before the moment stays away.
CREATE TABLE tombstones (
    tenant BLOB   NOT NULL REFERENCES tenants (id),
    hash   BLOB   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
);

-- Who saw whom, and who changed what. Rows are only ever added.
CREATE TABLE audit (
    tenant BLOB   NOT NULL REFERENCES tenants (id),
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    action TEXT   NOT NULL,
    about  BLOB,            -- a person, by an id that tells nothing without the rest
    detail TEXT   NOT NULL,
    PRIMARY KEY (tenant, seq)
);
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is only ever added to');
END;
