// Runs the official SDK against the stand-in. Everything it needs comes from the environment; what it saw goes
// to standard output as one line of JSON, for the Rust test to compare with the stand-in's own state.
import { IntercomClient } from "intercom-client";

const { FAKE_URL: baseUrl, FAKE_TOKEN: token, LEAD: lead, USER: user, CONVERSATION: conversation, ADMIN: admin } =
  process.env;
const client = new IntercomClient({ token, version: "2.15", baseUrl, maxRetries: 0 });

async function ids(page) {
  const found = [];
  for await (const item of page) found.push(item.id);
  return found;
}

const contacts = await ids(await client.contacts.list({ per_page: 2 }));
const searched = await ids(
  await client.contacts.search({
    query: { field: "role", operator: "=", value: "lead" },
    pagination: { per_page: 2 },
  }),
);
const merged = await client.contacts.mergeLeadInUser({ from: lead, into: user });
const found = await client.conversations.find({ conversation_id: conversation });
const replied = await client.conversations.reply({
  conversation_id: conversation,
  body: { message_type: "comment", type: "admin", admin_id: admin, body: "From the SDK" },
});
const articles = await ids(await client.articles.list({ per_page: 1 }));

let missing = null;
try {
  await client.contacts.find({ contact_id: lead });
} catch (error) {
  missing = { status: error.statusCode, code: error.body.errors[0].code };
}

let invalid = null;
try {
  await new IntercomClient({ token: "nonsense", version: "2.15", baseUrl, maxRetries: 0 }).contacts.list();
} catch (error) {
  invalid = error.statusCode;
}

console.log(
  JSON.stringify({
    contacts,
    searched,
    merged: merged.id,
    first_message: found.source.body,
    replied: replied.conversation_parts.conversation_parts.at(-1).body,
    articles,
    missing,
    invalid,
  }),
);
