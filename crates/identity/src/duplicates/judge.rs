//! Whether the evidence between two records, or two groups of them, is enough to propose that they are one.

use super::columns::Role;
use super::record::Field;
use super::weigh::{NAMES, SLOTS};

/// Mean weights between two groups, slot by slot; NaN where nothing could be compared.
pub(crate) type Means = [f64; SLOTS];

/// From this weight on, something the two share is a ground of its own.
const GROUND: f64 = 2.5;
/// From this weight on, a birth date is one beside both words of the name: a year or ten off is a usual slip.
const GROUND_BESIDE_NAME: f64 = 1.5;
/// Below this weight, two values contradict each other.
const CONTRADICTS: f64 = -1.5;
/// What fields of unknown meaning and those of few values can add together.
const MOST_OF_MINOR: f64 = 3.0;

/// The evidence by what it is about.
#[derive(Debug, Default)]
struct Grounds {
    /// The less alike and the more alike word of the name.
    names: [f64; NAMES],
    birth: f64,
    contact: f64,
    number: f64,
    /// Streets and house numbers.
    home: f64,
    postcode: f64,
    place: f64,
    minor: f64,
}

impl Grounds {
    fn of(fields: &[Field], means: &Means) -> Self {
        let weight = |slot: usize| if means[slot].is_nan() { 0.0 } else { means[slot] };
        let mut grounds = Self { names: [weight(0), weight(1)], ..Self::default() };
        for (at, field) in fields.iter().enumerate() {
            let ground = match field.role {
                Role::BirthDate => &mut grounds.birth,
                Role::Email | Role::Phone => &mut grounds.contact,
                Role::IdNumber => &mut grounds.number,
                Role::Street | Role::HouseNumber => &mut grounds.home,
                Role::Postcode => &mut grounds.postcode,
                Role::Place => &mut grounds.place,
                _ => &mut grounds.minor,
            };
            *ground += weight(at + NAMES);
        }
        grounds
    }

    fn name(&self) -> f64 {
        self.names.iter().sum()
    }

    /// The town is known with the postcode, so one of them counts.
    fn area(&self) -> f64 {
        if self.postcode > 0.0 && self.place > 0.0 {
            self.postcode.max(self.place)
        } else {
            self.postcode + self.place
        }
    }

    fn total(&self) -> f64 {
        let minor = self.minor.min(MOST_OF_MINOR);
        self.name() + self.birth + self.contact + self.number + self.home + self.area() + minor
    }

    /// A name and a town are shared by many, so something else has to be the same too; and whatever it is,
    /// it does not stand alone: families share addresses, telephones and e-mail, strangers a birthday.
    fn are_enough(&self) -> bool {
        let same = |weight: f64| weight >= GROUND;
        let other_name = self.names.iter().any(|weight| *weight < CONTRADICTS);
        let other_birth = self.birth < CONTRADICTS;
        let other_contact = self.contact < CONTRADICTS;
        let lives_there = same(self.home) || (same(self.postcode) && self.home >= 0.0);
        let whole_name = self.names[0] >= 1.0;
        let about_that_age = same(self.birth) || (self.birth >= GROUND_BESIDE_NAME && whole_name);
        let strong = count([about_that_age, same(self.contact), same(self.number)]);
        let others = count([same(self.name()), lives_there, self.place >= 1.0]);
        let by_address = lives_there && same(self.name()) && !other_contact;
        (strong >= 1 || by_address)
            && strong + others >= 2
            && (!other_name || same(self.number))
            && (!other_birth || same(self.number))
    }
}

/// Returns the sum of the weights, if the grounds are such that they can count at all.
pub(crate) fn judge(fields: &[Field], means: &Means) -> Option<f64> {
    let grounds = Grounds::of(fields, means);
    grounds.are_enough().then(|| grounds.total())
}

fn count(grounds: [bool; 3]) -> usize {
    grounds.into_iter().filter(|holds| *holds).count()
}
