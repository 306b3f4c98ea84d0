-- A company that leaves: it is marked while its rows go, and one entry that says so outlives it.

ALTER TABLE tenants ADD COLUMN removing_at BIGINT; -- since when nobody may write for it any more

CREATE TABLE removals (
    id         BYTEA  NOT NULL, -- of the tenant, which is made of its name
    began_at   BIGINT NOT NULL,
    ended_at   BIGINT,
    removed_by TEXT   NOT NULL,
    PRIMARY KEY (id, began_at)
);

-- The audit of a tenant goes with it, and in no other way.
DROP TRIGGER audit_stays ON audit;
CREATE TRIGGER audit_stays BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant AND removing_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the audit is only ever added to';
    END IF;
    RETURN OLD;
END;
$$;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
