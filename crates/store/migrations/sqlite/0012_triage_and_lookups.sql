-- What was made out of a conversation's newest message, and what was tagged, written and assigned for it.
ALTER TABLE live_conversations ADD COLUMN triage TEXT;

-- Conversations in which facts were shown that were looked up about their customer: nothing is learned from them.
CREATE TABLE looked_up (
    tenant       BLOB   NOT NULL REFERENCES tenants (id),
    conversation BLOB   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (tenant, conversation)
);
