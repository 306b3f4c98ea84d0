//! Reasons in words for the person who decides.

use super::columns::Role;
use super::record::Records;
use super::value::{Value, Word};
use super::weigh::{Evidence, NAMES};

/// Said of a pair that is only proposed because both belong with other records.
pub(crate) const THROUGH_OTHERS: &str = "both fit other records of the same person";

/// From this weight on a field is worth naming; below its negative it speaks against.
const WORTH_NAMING: f64 = 1.0;

pub(crate) fn reasons(records: &Records, evidence: &Evidence, (one, other): (u32, u32)) -> Vec<String> {
    let (a, b) = (&records.all[one as usize], &records.all[other as usize]);
    let mut spoken: Vec<(f64, String)> = Vec::new();
    let name = name_reason(evidence, (a.given, a.surname), (b.given, b.surname));
    spoken.extend(name);
    for (at, field) in records.fields.iter().enumerate() {
        let weight = f64::from(evidence.slots[at + NAMES]);
        let noun = noun(field.role, &field.header);
        let same = match (a.values[at], b.values[at]) {
            (Value::Email(x), Value::Email(y)) => x.whole == y.whole,
            (x, y) => x == y,
        };
        if weight >= WORTH_NAMING {
            let how = if same { "the same" } else { "nearly the same" };
            spoken.push((weight, format!("{how} {noun}")));
        } else if weight <= -WORTH_NAMING {
            spoken.push((weight, format!("but a different {noun}")));
        }
    }
    spoken.sort_by(|a, b| b.0.total_cmp(&a.0));
    spoken.into_iter().map(|(_, phrase)| phrase).collect()
}

type Name = (Option<Word>, Option<Word>);

fn name_reason(evidence: &Evidence, one: Name, other: Name) -> Option<(f64, String)> {
    let (less, more) = (f64::from(evidence.slots[0]), f64::from(evidence.slots[1]));
    let weight = if less.is_nan() { more } else { less + more };
    let both = !less.is_nan();
    let phrase = match (both, less < -WORTH_NAMING, more < -WORTH_NAMING) {
        _ if more.is_nan() => return None,
        (_, _, true) => "but a different name",
        (true, true, _) => "one word of the name, but not the other",
        (true, ..) if one == other => "the same name",
        (true, ..) if (one.0, one.1) == (other.1, other.0) => {
            "the same name with first and last name swapped"
        }
        (true, ..) => "nearly the same name",
        (false, ..) if one.0.is_some() && one.0 == other.0 => "the same first name",
        (false, ..) if one.1.is_some() && one.1 == other.1 => "the same surname",
        (false, ..) => "nearly the same part of the name",
    };
    Some((weight, phrase.to_owned()))
}

fn noun(role: Role, header: &str) -> String {
    let noun = match role {
        Role::BirthDate => "birth date",
        Role::Email => "e-mail address",
        Role::Phone => "telephone number",
        Role::Postcode => "postcode",
        Role::Street => "street or line of the address",
        Role::HouseNumber => "house number",
        Role::Place => "town",
        _ => return header.replace('_', " "),
    };
    noun.to_owned()
}
