-- In which inbox a conversation lies, and to which inboxes a key is confined.
ALTER TABLE live_conversations ADD COLUMN inbox TEXT;
ALTER TABLE api_keys ADD COLUMN inboxes TEXT NOT NULL DEFAULT '[]'; -- JSON list; empty: all of them
