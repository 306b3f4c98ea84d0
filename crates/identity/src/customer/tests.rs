use domain::TenantId;

use super::*;

fn raw(contact: &str, account: &str, email: &str, phone: &str) -> RawCustomer {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RawCustomer {
        contact_id: given(contact),
        account_id: given(account),
        email: given(email),
        phone: given(phone),
        ..RawCustomer::default()
    }
}

#[test]
fn a_subject_is_named_by_its_strongest_identifier() {
    for (customer, name) in [
        (raw("c1", "u1", "anna@shop.de", "+49301234567"), "contact_id:c1"),
        (raw("", "u1", "anna@shop.de", "+49301234567"), "user_id:u1"),
        (raw("", "", "Anna@shop.de", "+49301234567"), "email:anna@shop.de"),
        (raw("", "", "", "+49 30 1234567"), "phone:+49301234567"),
        (raw("", "", "", ""), "conversation:17"),
        (raw("undefined", "u1", "", ""), "user_id:u1"),
        (raw("", "{{user.id}}", "anna@shop.de", ""), "email:anna@shop.de"),
        (raw("", "null", "support@shop.de", "n/a"), "conversation:17"),
    ] {
        let read = Customer::read(&customer, "17");
        assert_eq!(read.subject.as_str(), name);
        assert_eq!(read.is_unknown(), name == "conversation:17");
    }
}

#[test]
fn identifiers_are_kept_strongest_first_and_the_rest_is_counted() {
    let read = Customer::read(&raw("c1", "guest", "no-reply@shop.de", "+49301234567"), "17");
    let kept: Vec<String> = read.identifiers.iter().map(ToString::to_string).collect();
    assert_eq!(kept, ["contact_id:c1", "phone:+49301234567"]);
    assert_eq!(read.rejected, [(Kind::UserId, Rejected::Placeholder), (Kind::Email, Rejected::RoleAddress)]);
    let blank = RawCustomer { email: Some("  ".to_owned()), ..RawCustomer::default() };
    assert_eq!(Customer::read(&blank, "17").rejected, [], "nothing was stated");
}

#[test]
fn a_role_is_stated_or_follows_from_what_identifies() {
    let role =
        |stated, customer: RawCustomer| Customer::read(&RawCustomer { role: stated, ..customer }, "17").role;
    assert_eq!(role(None, raw("", "u1", "", "")), Role::User);
    assert_eq!(role(None, raw("", "", "anna@shop.de", "")), Role::Lead);
    assert_eq!(role(None, raw("", "", "", "")), Role::Visitor);
    assert_eq!(role(Some(Role::Lead), raw("c1", "u1", "", "")), Role::Lead, "leads carry a made-up user id");
    assert_eq!(role(Some(Role::User), raw("c1", "", "", "")), Role::User);
    assert_eq!(role(Some(Role::User), raw("", "null", "", "")), Role::Visitor, "nothing identifies");
}

#[test]
fn placeholders_are_no_names_and_no_companies() {
    let named = |name: &str| {
        Customer::read(&RawCustomer { name: Some(name.to_owned()), ..RawCustomer::default() }, "17").name
    };
    assert_eq!(named(" Anna Schmidt ").as_deref(), Some("Anna Schmidt"));
    assert_eq!(named("Anna Null").as_deref(), Some("Anna Null"));
    for nobody in ["", "null null", "{{first_name}}", "undefined", "Guest"] {
        assert_eq!(named(nobody), None, "{nobody}");
    }
    let member =
        RawCustomer { companies: vec!["7 ".to_owned(), "null".to_owned()], ..RawCustomer::default() };
    assert_eq!(Customer::read(&member, "17").companies, ["7"]);
}

#[test]
fn unknown_customers_of_two_conversations_are_two_subjects() {
    let source = SourceId::derive(TenantId::derive("acme"), "files", "acme");
    let subject =
        |conversation| Customer::read(&RawCustomer::default(), conversation).subject.subject(source);
    assert_ne!(subject("17"), subject("18"));
    assert_eq!(subject("17"), subject("17"));
}

#[test]
fn an_id_cannot_pass_itself_off_as_another_kind() {
    let sly = Customer::read(&raw("", "conversation:17", "", ""), "17");
    assert_eq!(sly.subject.as_str(), "user_id:conversation:17");
}
