-- Which account a subject is, and when: like links, but by contact id and `user_id` alone. The account is the
-- person that has its id from the oldest subject; derived from observations and the ledger.
CREATE TABLE accounts (
    tenant     BLOB   NOT NULL,
    subject    BLOB   NOT NULL,
    account    BLOB   NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT NOT NULL,
    PRIMARY KEY (tenant, subject, valid_from),
    FOREIGN KEY (tenant, subject) REFERENCES subjects (tenant, id) ON DELETE CASCADE
);
CREATE INDEX accounts_by_account ON accounts (tenant, account);
