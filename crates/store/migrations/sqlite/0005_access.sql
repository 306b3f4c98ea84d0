-- Who may call the API, and accounts that are just being connected.

CREATE TABLE api_keys (
    tenant     BLOB  NOT NULL REFERENCES tenants (id),
    id         BLOB  NOT NULL,
    hash       BLOB  NOT NULL, -- SHA-256 of the key, which is random and long
    name       TEXT   NOT NULL, -- to whom or what it was given
    role       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL, -- JSON list; what a program may do
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (tenant, id)
);
-- Asked for before any tenant is known.
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);

-- A step towards a connected account that somebody may take once.
CREATE TABLE install_steps (
    hash       BLOB  NOT NULL PRIMARY KEY, -- of the secret word that takes it
    tenant     BLOB  NOT NULL REFERENCES tenants (id),
    app        TEXT   NOT NULL,
    browser    BLOB,          -- hash of what the browser holds that began it
    expires_at BIGINT NOT NULL
);
