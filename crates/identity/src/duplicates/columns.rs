//! What the columns of a file of people mean: by their headers, and by their values where a header says nothing.

use super::date::{Date, Order};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// The id of the record itself, by which pairs are named.
    RecordId,
    /// What a person is called by friends.
    GivenName,
    /// The name of the family.
    Surname,
    /// Both in one.
    FullName,
    /// The day of birth.
    BirthDate,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number or code given to one person by somebody, such as a social security number.
    IdNumber,
    /// A postal code.
    Postcode,
    /// A street, or another line of an address.
    Street,
    /// The number of a house.
    HouseNumber,
    /// A town, suburb or place.
    Place,
    /// One of few values, such as a state or a gender.
    Category,
    /// Something else.
    Other,
    /// Nothing that two records could be compared by.
    Ignored,
}

impl Role {
    /// Reports whether the column is compared as a field of its own.
    pub(crate) fn is_field(self) -> bool {
        !matches!(self, Self::RecordId | Self::GivenName | Self::Surname | Self::FullName | Self::Ignored)
    }
}

/// Headers that name the record, the best first.
const RECORD_IDS: [&str; 9] =
    ["record_id", "rec_id", "id", "account_id", "customer_id", "contact_id", "user_id", "external_id", "key"];

/// Headers by role, in their [normal](normal) form.
const KNOWN: [(Role, &str); 12] = [
    (
        Role::GivenName,
        "first_name given_name given_names forename firstname fname givenname first given vorname prenom",
    ),
    (
        Role::Surname,
        "surname last_name lastname lname family_name familyname last family nachname familienname",
    ),
    (Role::FullName, "name full_name fullname display_name customer_name contact_name person_name"),
    (
        Role::BirthDate,
        "dob date_of_birth birth_date birthdate birthday birth_day born geburtsdatum geburtstag",
    ),
    (Role::Email, "email e_mail mail email_address e_mail_address mail_address"),
    (
        Role::Phone,
        "phone telephone tel mobile cell handy telefon phone_number mobile_number telephone_number mobile_phone",
    ),
    (
        Role::IdNumber,
        "ssn soc_sec_id social_security_number national_id nhs_number passport passport_number tax_id tax_number \
         insurance_number id_number medicare medicare_number",
    ),
    (Role::Postcode, "postcode post_code postal_code zip zipcode zip_code plz postleitzahl"),
    (Role::HouseNumber, "street_number street_no house_number house_no hausnummer"),
    (
        Role::Street,
        "street street_name street_address address address_1 address_2 address_3 address1 address2 address3 \
         address_line_1 address_line_2 address_line1 address_line2 strasse road",
    ),
    (
        Role::Place,
        "city town suburb place locality village municipality birth_place birthplace place_of_birth ort stadt wohnort",
    ),
    (
        Role::Category,
        "state country gender sex county province region language locale title salutation occupation",
    ),
];

/// Words of a header that ends in `id` or `number` and holds a number of a person, not of a campaign.
const PERSONAL: [&str; 12] = [
    "account",
    "customer",
    "user",
    "contact",
    "member",
    "client",
    "passport",
    "tax",
    "insurance",
    "national",
    "social",
    "licence",
];

/// Returns the header that names the record, as its place among `headers`.
pub(crate) fn record_id(headers: &[String]) -> Option<usize> {
    let headers: Vec<String> = headers.iter().map(|header| normal(header)).collect();
    RECORD_IDS.iter().find_map(|known| headers.iter().position(|header| header == known))
}

/// Returns the headers under which the id of a record is looked for, for an error message.
pub(crate) fn record_id_names() -> String {
    let names = RECORD_IDS.map(|name| format!("`{name}`"));
    let (last, others) = names.split_last().expect("there are some");
    format!("{} or {last}", others.join(", "))
}

/// Finds out what a column holds.
pub(crate) fn role(header: &str, values: &[&str]) -> Role {
    let header = normal(header);
    let named =
        KNOWN.iter().find(|(_, names)| names.split(' ').any(|name| name == header)).map(|(role, _)| *role);
    named.unwrap_or_else(|| by_values(&header, values))
}

fn by_values(header: &str, values: &[&str]) -> Role {
    let filled: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).collect();
    if filled.is_empty() {
        return Role::Ignored;
    }
    let most =
        |holds: fn(&str) -> bool| filled.iter().filter(|value| holds(value)).count() * 10 >= filled.len() * 8;
    let mut distinct = filled.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let words: Vec<&str> = header.split('_').collect();
    let speaks_of = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let is_number = words.last().is_some_and(|word| ["id", "number", "no", "nr"].contains(word));
    let dates = most(|value| Date::read(value, Order::DayFirst).is_some());
    if most(|value| value.contains('@')) {
        Role::Email
    } else if dates && (speaks_of(&["birth", "dob", "born"]) || years_between(&filled) > LONGER_THAN_RECORDS)
    {
        Role::BirthDate
    } else if speaks_of(&["phone", "mobile", "tel", "telephone"]) || most(|value| value.starts_with('+')) {
        Role::Phone
    } else if dates || distinct.len() == filled.len() {
        // A moment, or something of which every record has its own, does not say who it is.
        Role::Ignored
    } else if is_number && speaks_of(&PERSONAL) {
        Role::IdNumber
    } else if distinct.len() * 20 <= filled.len() {
        Role::Category
    } else {
        Role::Other
    }
}

/// Dates over so many years are days of birth: no company has kept records of visits for as long.
const LONGER_THAN_RECORDS: u16 = 40;

fn years_between(dates: &[&str]) -> u16 {
    let years = || dates.iter().filter_map(|value| Date::read(value, Order::DayFirst)).map(|date| date.year);
    years().max().unwrap_or_default() - years().min().unwrap_or_default()
}

/// Lower case, words joined by `_`: `Date of Birth`, `dateOfBirth` and `date-of-birth` are one.
fn normal(header: &str) -> String {
    let mut text = String::new();
    let mut before_lower = false;
    for c in header.trim().chars() {
        if c.is_uppercase() && before_lower {
            text.push('_');
        }
        before_lower = c.is_lowercase() || c.is_ascii_digit();
        text.extend(if c.is_alphanumeric() { c.to_lowercase().next() } else { Some('_') });
    }
    let words: Vec<&str> = text.split('_').filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_any_spelling() {
        for (header, expected) in [
            ("First Name", Role::GivenName),
            ("lastName", Role::Surname),
            ("full_name", Role::FullName),
            ("Date of Birth", Role::BirthDate),
            ("E-Mail", Role::Email),
            ("soc_sec_id", Role::IdNumber),
            ("postal-code", Role::Postcode),
            ("address_line1", Role::Street),
            ("birth_place", Role::Place),
            ("GENDER", Role::Category),
        ] {
            assert_eq!(role(header, &["x", "y"]), expected, "{header}");
        }
    }

    #[test]
    fn values_speak_where_the_header_does_not() {
        for (header, values, expected) in [
            ("login", &["anna@shop.test", "ben@shop.test", ""][..], Role::Email),
            ("x1", &["1931-05-02", "1990-12-11", "1984-01-30"], Role::BirthDate),
            ("signed_up", &["2021-05-02", "2023-12-11T10:00:00Z", "2024-01-30"], Role::Ignored),
            ("whatsapp", &["+49 171 5556677", "+31 6 12345678"], Role::Phone),
            ("customer_number", &["K-17", "K-17", "K-18"], Role::IdNumber),
            ("customer_number", &["K-17", "K-18", "K-19"], Role::Ignored),
            ("notes", &["calls often", "calls often", "speaks Dutch"], Role::Other),
            ("empty", &["", ""], Role::Ignored),
        ] {
            assert_eq!(role(header, values), expected, "{header} {values:?}");
        }
        assert_eq!(role("tier", &["gold", "silver"].repeat(30)), Role::Category);
    }
}
