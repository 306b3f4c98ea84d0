-- Readers, turns and details are written and removed with what they belong to, and the check of the whole
-- database looks for ones left behind; a foreign key on each of their rows cost more than writing them.

ALTER TABLE conversation_readers DROP CONSTRAINT conversation_readers_tenant_conversation_fkey;
ALTER TABLE turns DROP CONSTRAINT turns_tenant_conversation_fkey;
ALTER TABLE details DROP CONSTRAINT details_tenant_fkey;
