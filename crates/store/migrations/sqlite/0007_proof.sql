-- Who is proven: under which secrets the company signs identities, whether its Messenger refuses whoever is not
-- signed, and whom we asked to prove who they are.

CREATE TABLE messenger_secrets (
    tenant     BLOB   NOT NULL REFERENCES tenants (id),
    id         BLOB   NOT NULL,
    platform   TEXT   NOT NULL, -- web, ios, android
    secret     BLOB   NOT NULL, -- sealed; empty once it is retired
    added_at   BIGINT NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (tenant, id)
);

-- What holds now; how it came about stands in the audit.
CREATE TABLE messenger_enforcement (
    tenant        BLOB   NOT NULL PRIMARY KEY REFERENCES tenants (id),
    since         BIGINT,          -- from when unsigned sessions are refused, as declared; none once withdrawn
    affirmed_at   BIGINT NOT NULL, -- when a person last said so
    last_refused  BIGINT,          -- when an unsigned probe was last refused
    last_accepted BIGINT,          -- when one last got through
    probed_at     BIGINT           -- when one was last tried, whatever came of it
);

-- A request to a customer to prove who they are, in their own app. It may be taken once.
CREATE TABLE step_ups (
    tenant       BLOB   NOT NULL REFERENCES tenants (id),
    id           BLOB   NOT NULL,
    hash         BLOB   NOT NULL, -- of the secret word in the link
    conversation BLOB   NOT NULL,
    subject      BLOB   NOT NULL, -- the identity that was asked
    person       BLOB   NOT NULL,
    by_mail      BIGINT NOT NULL, -- 1 where the answer is shown in the app
    parts        TEXT   NOT NULL, -- JSON list of the messages that wait for it
    made_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL, -- until when it may be taken
    taken_at     BIGINT,
    proven_to    BIGINT,          -- until when the proof counts, from taken_at on
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX step_ups_by_hash ON step_ups (tenant, hash);
CREATE INDEX step_ups_by_conversation ON step_ups (tenant, conversation);
