-- The sources that are read at intervals, by the names that people gave them, and how reading them goes.
CREATE TABLE connections (
    tenant       BYTEA  NOT NULL REFERENCES tenants (id),
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    settings     TEXT,             -- JSON without secrets; none where the configuration has them
    secret       BYTEA,            -- sealed
    source       BYTEA,            -- under which its documents are known, once it was reached
    added_at     BIGINT NOT NULL,
    paused_at    BIGINT,
    began_at     BIGINT,           -- the newest round; one that was cut goes on as the same
    leased_until BIGINT NOT NULL DEFAULT 0, -- until when nobody else may read it
    ended_at     BIGINT,           -- when a round last ended, as the report tells it
    read_to      BIGINT,           -- when the newest round began that ended well
    worst_gap_ms BIGINT NOT NULL DEFAULT 0, -- the longest time between the beginnings of two that ended well
    report       TEXT,             -- JSON
    PRIMARY KEY (tenant, name)
);
