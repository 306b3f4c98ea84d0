//! Who may see a piece of knowledge, and where it applies.

use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, SubjectId};

/// Who may see a chunk: exactly one of four. What is unknown is [`Audience::Internal`], never public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Audience {
    /// Anybody.
    Public,
    /// Agents only.
    #[default]
    Internal,
    /// Members of one company.
    Company(CompanyId),
    /// The person to whom this subject belongs at the moment of the question.
    Person(SubjectId),
}

impl Audience {
    /// Returns the name of the kind, as the index and reports write it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Company(_) => "company",
            Self::Person(_) => "person",
        }
    }
}

/// For which customers a text is true, apart from who may see it. An absent part is true for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Applicability {
    /// Brand or help centre.
    pub brand: Option<String>,
    /// Plan of the customer.
    pub plan: Option<String>,
    /// Region of the customer.
    pub region: Option<String>,
    /// Product version.
    pub product_version: Option<String>,
}

/// One of the things that texts may hold for a part of the customers by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Brand or help centre.
    Brand,
    /// Plan.
    Plan,
    /// Region.
    Region,
    /// Product version.
    ProductVersion,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Brand, Self::Plan, Self::Region, Self::ProductVersion];
}

impl Applicability {
    /// Returns what is said of one part.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<&str> {
        match part {
            Part::Brand => self.brand.as_deref(),
            Part::Plan => self.plan.as_deref(),
            Part::Region => self.region.as_deref(),
            Part::ProductVersion => self.product_version.as_deref(),
        }
    }

    /// Says something of one part.
    pub fn set(&mut self, part: Part, value: String) {
        let part = match part {
            Part::Brand => &mut self.brand,
            Part::Plan => &mut self.plan,
            Part::Region => &mut self.region,
            Part::ProductVersion => &mut self.product_version,
        };
        *part = Some(value);
    }

    /// Returns this with what `other` says of the parts of which this says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            brand: self.brand.or(other.brand),
            plan: self.plan.or(other.plan),
            region: self.region.or(other.region),
            product_version: self.product_version.or(other.product_version),
        }
    }

    /// Reports whether a text holds for a customer of whom `customer` is known. A part that the text
    /// demands and that nobody knows of the customer does not hold.
    #[must_use]
    pub fn holds_for(&self, customer: &Self) -> bool {
        let part = |text: &Option<String>, known: &Option<String>| text.is_none() || text == known;
        part(&self.brand, &customer.brand)
            && part(&self.plan, &customer.plan)
            && part(&self.region, &customer.region)
            && part(&self.product_version, &customer.product_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_audience_is_internal() {
        assert_eq!(Audience::default(), Audience::Internal);
    }

    #[test]
    fn what_is_not_known_of_the_customer_does_not_hold() {
        let plus = Applicability { plan: Some("plus".into()), ..Applicability::default() };
        assert!(!plus.holds_for(&Applicability::default()));
        assert!(plus.holds_for(&plus));
        assert!(Applicability::default().holds_for(&plus));
    }

    #[test]
    fn what_is_said_of_a_part_stands_and_the_rest_is_completed() {
        for (part, other) in Part::ALL.into_iter().zip(Part::ALL.into_iter().cycle().skip(1)) {
            let (mut first, mut second) = (Applicability::default(), Applicability::default());
            first.set(part, "ours".into());
            second.set(part, "theirs".into());
            second.set(other, "theirs".into());
            let both = first.or(second);
            assert_eq!((both.part(part), both.part(other)), (Some("ours"), Some("theirs")));
        }
    }
}
