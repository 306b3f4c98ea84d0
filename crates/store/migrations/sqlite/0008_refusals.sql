-- Since when a connected account refuses what opens it: told once, and shown until it is mended.
ALTER TABLE channel_accounts ADD COLUMN refused_at BIGINT;
