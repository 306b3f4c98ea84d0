-- What became of drafts, and what people say of them: figures, ids and words of the team, never a word of either text.
CREATE TABLE feedback (
    tenant           BLOB   NOT NULL,
    outgoing         BLOB   NOT NULL,
    said_by          TEXT   NOT NULL, -- the key that says so; empty for what the conversation shows
    conversation     BLOB   NOT NULL,
    kind             TEXT   NOT NULL, -- used, edited, ignored; discarded, rated
    changed_permille BIGINT,          -- the share of the longer text that was changed
    words_drafted    BIGINT,
    words_sent       BIGINT,
    words_kept       BIGINT,
    part             TEXT,            -- the channel's id of what was sent
    rating           BIGINT,          -- 1, -1
    comment          TEXT,            -- without personal data
    drafted_at       BIGINT NOT NULL,
    at               BIGINT NOT NULL,
    PRIMARY KEY (tenant, outgoing, said_by),
    FOREIGN KEY (tenant, outgoing) REFERENCES outgoing (tenant, id) ON DELETE CASCADE
);
CREATE INDEX feedback_by_conversation ON feedback (tenant, conversation);

-- The documents that such a draft cites, and how much of what it takes from each was sent.
CREATE TABLE feedback_documents (
    tenant        BLOB   NOT NULL,
    outgoing      BLOB   NOT NULL,
    document      BLOB   NOT NULL,
    conversation  BLOB   NOT NULL,
    kept_permille BIGINT,
    PRIMARY KEY (tenant, outgoing, document),
    FOREIGN KEY (tenant, outgoing) REFERENCES outgoing (tenant, id) ON DELETE CASCADE
);
CREATE INDEX feedback_documents_by_document ON feedback_documents (tenant, document);
CREATE INDEX feedback_documents_by_conversation ON feedback_documents (tenant, conversation);
