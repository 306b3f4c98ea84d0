//! The tables, in the order in which their rows are erased: what hangs on something before it.

use super::Holds::{Bytes, Id, Int, Real, Text};
use super::{Age, Holding, Key, Of, Stays};

macro_rules! people {
    ($table:literal, $key:ident by $column:literal, $stays:expr, [$($name:literal $holds:ident),+]) => {
        people!($table, $key by $column, where "tenant = $1 AND ", $stays, [$($name $holds),+])
    };
    ($table:literal, $key:ident by $column:literal, where $of:literal, $stays:expr,
        [$($name:literal $holds:ident),+]) => {
        Holding {
            table: $table,
            columns: &[$(($name, $holds)),+],
            of: Of::People {
                key: Key::$key,
                count: concat!("SELECT COUNT(*) FROM ", $table, " WHERE ", $of, $column),
                select: concat!("SELECT ''", $(", ", $name),+, " FROM ", $table, " WHERE ", $of, $column),
                delete: concat!("DELETE FROM ", $table, " WHERE ", $of, $column),
            },
            stays: $stays,
        }
    };
}

macro_rules! nobody {
    ($table:literal, $why:literal, $stays:expr, [$($name:literal $holds:ident),+]) => {
        Holding { table: $table, columns: &[$(($name, $holds)),+], of: Of::Nobody($why), stays: $stays }
    };
}

/// Every table there is.
pub(crate) const TABLES: &[Holding] = &[
    people!("outcome_parts", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "conversation" Id, "part" Text, "outcome" Id]),
    people!("outcomes", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "id" Id, "conversation" Id, "topic" Text, "outcome" Text, "reason" Text, "standing" Int, "outgoing" Id, "at" Int]),
    people!("feedback_documents", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "outgoing" Id, "document" Id, "conversation" Id, "kept_permille" Int]),
    people!("feedback", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "outgoing" Id, "said_by" Text, "conversation" Id, "kind" Text, "changed_permille" Int, "words_drafted" Int, "words_sent" Int, "words_kept" Int, "part" Text, "rating" Int, "comment" Text, "drafted_at" Int, "at" Int]),
    people!("outgoing_parts", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "conversation" Id, "part" Text, "outgoing" Id]),
    people!("collisions", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "conversation" Id, "part" Text, "human_part" Text, "at" Int]),
    people!("traces", Trace by "id", Stays::Days(Age::Traces), ["tenant" Id, "id" Id, "at" Int, "body" Text]),
    people!("outgoing", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "id" Id, "conversation" Id, "kind" Text, "state" Text, "mark" Text, "trace" Id, "covers" Text, "text" Text, "part" Text, "why" Text, "created_at" Int, "changed_at" Int]),
    people!("message_assurance", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "conversation" Id, "part" Text, "subject" Id, "role" Text, "assurance" Text, "limits" Text, "at" Int, "frozen_at" Int]),
    people!("step_ups", Conversation by "conversation", Stays::UntilDone, ["tenant" Id, "id" Id, "hash" Bytes, "conversation" Id, "subject" Id, "person" Id, "by_mail" Int, "parts" Text, "made_at" Int, "expires_at" Int, "taken_at" Int, "proven_to" Int]),
    people!("live_conversations", Conversation by "conversation", Stays::Days(Age::Traces), ["tenant" Id, "conversation" Id, "source" Id, "external_id" Text, "channel" Text, "account" Text, "seen_to" Int, "paused_at" Int, "hands_off_at" Int, "automatic_count" Int, "inbox" Text, "triage" Text]),
    people!("looked_up", Conversation by "conversation", Stays::Days(Age::Conversations), ["tenant" Id, "conversation" Id, "at" Int]),
    people!("jobs", Group by "group_key", Stays::UntilDone, ["id" Id, "tenant" Id, "kind" Text, "group_key" Text, "dedupe_key" Text, "args" Text, "state" Text, "due_at" Int, "run_at" Int, "token" Int, "leased_until" Int, "attempts" Int, "max_attempts" Int, "last_error" Text]),
    people!("learned_slots", Chunk by "chunk", Stays::Days(Age::Conversations), ["tenant" Id, "chunk" Id, "text" Text, "slots" Text]),
    people!("embeddings", TextHash by "text_hash", where "", Stays::WithItsSource, ["model" Text, "text_hash" Bytes, "vector" Bytes]),
    people!("made_from", Version by "version", Stays::Days(Age::Conversations), ["tenant" Id, "version" Id, "subject" Id]),
    people!("chunks", Document by "document", Stays::Days(Age::Conversations), ["tenant" Id, "id" Id, "document" Id, "version" Id, "position" Int, "kind" Text, "audience" Text, "audience_id" Id, "applicability" Text, "language" Text, "conversation" Id, "valid_from" Int, "valid_to" Int, "heading_path" Text, "anchor" Text, "search_text" Text, "body" Text, "leads_to" Text]),
    people!("versions", Document by "document", Stays::Days(Age::Conversations), ["tenant" Id, "id" Id, "document" Id, "origin" Id, "title" Text, "url" Text, "language" Text, "audience" Text, "audience_id" Id, "applicability" Text, "created_at" Int, "valid_from" Int, "valid_to" Int, "version_known" Int, "markdown" Text]),
    people!("documents", Document by "id", Stays::Days(Age::Conversations), ["tenant" Id, "id" Id, "source" Id, "kind" Text, "external_id" Text, "conversation" Id]),
    people!("turns", Conversation by "conversation", Stays::Days(Age::Conversations), ["tenant" Id, "conversation" Id, "position" Int, "author" Text, "author_id" Text, "at" Int, "text" Text, "cites" Text]),
    people!("conversation_readers", Conversation by "conversation", Stays::Days(Age::Conversations), ["tenant" Id, "conversation" Id, "position" Int, "subject" Id]),
    people!("items", External by "external_id", where "tenant = $1 AND kind IN ('conversation', 'person') AND ", Stays::WithItsSource, ["tenant" Id, "source" Id, "kind" Text, "external_id" Text, "hash" Bytes, "read_at" Int]),
    people!("conversations", Conversation by "id", Stays::Days(Age::Conversations), ["tenant" Id, "id" Id, "source" Id, "external_id" Text, "channel" Text, "language" Text, "created_at" Int, "subject_id" Id, "subject" Text, "topic" Text, "tags" Text, "status" Text, "solution_turn" Int, "rating" Int, "weight" Real]),
    people!("observed_names", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "at" Int, "conversation" Id, "name" Text]),
    people!("observed_identifiers", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "at" Int, "conversation" Id, "kind" Text, "value" Text]),
    people!("observed_rejections", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "at" Int, "conversation" Id, "kind" Text, "why" Text]),
    people!("observed_companies", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "at" Int, "conversation" Id, "company" Id]),
    people!("observations", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "at" Int, "conversation" Id, "role" Text]),
    people!("links", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "person" Id, "valid_from" Int, "valid_to" Int, "made_by" Text]),
    people!("accounts", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "account" Id, "valid_from" Int, "valid_to" Int]),
    people!("memberships", Subject by "subject", Stays::WithItsSource, ["tenant" Id, "subject" Id, "company" Id, "valid_from" Int, "valid_to" Int]),
    people!("ledger_people", Entry by "entry", Stays::ForGood, ["tenant" Id, "person" Id, "entry" Id]),
    people!("ledger", Entry by "id", Stays::ForGood, ["tenant" Id, "id" Id, "at" Int, "entry" Text, "undoes" Id]),
    people!("subjects", Subject by "id", Stays::WithItsSource, ["tenant" Id, "id" Id, "source" Id, "external_id" Text, "named_by" Text, "own_person" Id, "apart" Text]),
    nobody!("tenants", "the companies that use this program", Stays::ForGood, ["id" Id, "name" Text, "created_at" Int, "outbox_seq" Int, "outbox_done" Int, "removing_at" Int]),
    nobody!("removals", "that a company was removed, when and by whom", Stays::ForGood, ["id" Id, "began_at" Int, "ended_at" Int, "removed_by" Text]),
    nobody!("sources", "what is read, and where reading goes on", Stays::ForGood, ["tenant" Id, "id" Id, "kind" Text, "account" Text, "name" Text, "cursor" Text, "last_full_listing" Int, "created_at" Int]),
    nobody!("details", "keyed hashes of details and of who was told them: neither can be read, nor found by a person", Stays::WithItsSource, ["tenant" Id, "hash" Int, "needed" Int, "shown_from" Int, "shared_from" Int, "told" Bytes]),
    nobody!("index_outbox", "ids of chunks that the index has still to take in or give up", Stays::UntilDone, ["tenant" Id, "seq" Int, "op" Text, "chunk" Id]),
    nobody!("quarantined", "identifiers that several people carry; one goes when the last of them does", Stays::WithItsSource, ["tenant" Id, "kind" Text, "value" Text, "why" Text]),
    nobody!("companies", "companies among the customers, which are no people", Stays::WithItsSource, ["tenant" Id, "id" Id, "external_id" Text, "name" Text]),
    nobody!("channel_accounts", "connected accounts of the company itself", Stays::ForGood, ["channel" Text, "account" Text, "app" Text, "tenant" Id, "source" Id, "teammate" Text, "secret" Bytes, "added_at" Int, "polled_to" Int, "refused_at" Int]),
    nobody!("connections", "sources of knowledge, with what opens them, sealed", Stays::ForGood, ["tenant" Id, "name" Text, "kind" Text, "settings" Text, "secret" Bytes, "source" Id, "added_at" Int, "paused_at" Int, "began_at" Int, "leased_until" Int, "ended_at" Int, "read_to" Int, "worst_gap_ms" Int, "report" Text]),
    nobody!("api_keys", "hashes of keys of the API, and to which member of the team or program one was given", Stays::ForGood, ["tenant" Id, "id" Id, "hash" Bytes, "name" Text, "role" Text, "scopes" Text, "created_at" Int, "revoked_at" Int, "inboxes" Text]),
    nobody!("install_steps", "steps towards a connected account that somebody may take once", Stays::UntilDone, ["hash" Bytes, "tenant" Id, "app" Text, "browser" Bytes, "expires_at" Int]),
    nobody!("messenger_secrets", "sealed secrets of the company itself, under which it signs identities", Stays::ForGood, ["tenant" Id, "id" Id, "platform" Text, "secret" Bytes, "added_at" Int, "retired_at" Int]),
    nobody!("messenger_enforcement", "what the company declares about its Messenger, and what probes found", Stays::ForGood, ["tenant" Id, "since" Int, "affirmed_at" Int, "last_refused" Int, "last_accepted" Int, "probed_at" Int]),
    nobody!("deliveries", "ids and topics of notifications, which name nobody", Stays::Days(Age::Deliveries), ["tenant" Id, "channel" Text, "account" Text, "delivery_id" Text, "topic" Text, "at" Int, "received_at" Int]),
    nobody!("switches", "what members of the team switched", Stays::ForGood, ["tenant" Id, "seq" Int, "kind" Text, "topic" Text, "value" Text, "changed_by" Text, "at" Int, "confirmed_by" Text, "confirmed_at" Int]),
    nobody!("spending", "what calls of models used in a month, of all customers together", Stays::ForGood, ["tenant" Id, "month" Text, "model" Text, "calls" Int, "tokens_in" Int, "tokens_out" Int, "cost_micros" Int]),
    nobody!("tombstones", "keyed hashes of who must not come back", Stays::ForGood, ["tenant" Id, "hash" Bytes, "at" Int]),
    nobody!("audit", "what was done with whose data: kept to prove it, and names a person by an id that tells nothing alone", Stays::ForGood, ["tenant" Id, "seq" Int, "at" Int, "actor" Text, "action" Text, "about" Id, "detail" Text]),
    nobody!("_migrations", "which migrations were applied", Stays::ForGood, ["version" Int, "name" Text, "understood_from" Int]),
];
