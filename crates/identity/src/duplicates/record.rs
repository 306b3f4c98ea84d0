//! Records ready to be compared, and how usual in their file each of their values is.

use std::collections::HashMap;

use super::columns::{self, Role};
use super::date::{self, Date};
use super::table::{Row, Table};
use super::value::{Value, Vocabulary, Word, fold};
use crate::identifier::is_placeholder;

/// A column that is compared.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) role: Role,
    pub(crate) header: String,
    pub(crate) texts: Vocabulary,
    column: usize,
    order: date::Order,
}

impl Field {
    fn read(&mut self, row: &Row) -> Value {
        Value::read(self.role, &row.values[self.column], self.order, &mut self.texts)
    }
}

/// What is compared of one record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) given: Option<Word>,
    pub(crate) surname: Option<Word>,
    /// One value for each field.
    pub(crate) values: Vec<Value>,
}

/// Everything that is compared.
#[derive(Debug)]
pub(crate) struct Records {
    /// The ids, in order: the order of the file means nothing.
    pub(crate) ids: Vec<String>,
    pub(crate) all: Vec<Record>,
    pub(crate) fields: Vec<Field>,
    /// Given names and surnames together: people mix them up.
    pub(crate) names: Vocabulary,
    pub(crate) years: HashMap<u16, u32>,
    pub(crate) days: HashMap<(u8, u8), u32>,
    pub(crate) dates: HashMap<Date, u32>,
}

/// More columns than this are not compared.
pub(crate) const MOST_FIELDS: usize = 14;

/// Every file is weighed as if it held so many more people with usual names and dates.
const EKED_OUT: f64 = 50.0;
/// One person hardly has more records than this; a date that occurs more often is nobody's birthday.
const OFTEN: u32 = 20;

impl Records {
    pub(crate) fn read(table: &Table) -> Self {
        let roles = roles(table);
        let mut rows: Vec<&Row> = table.rows().iter().collect();
        rows.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        let compared = roles.iter().enumerate().filter(|(_, role)| role.is_field()).take(MOST_FIELDS);
        let field = |(column, role): (usize, &Role)| {
            let values = rows.iter().map(|row| row.values[column].as_str());
            let header = table.columns()[column].clone();
            Field { role: *role, header, column, order: date::order_of(values), texts: Vocabulary::default() }
        };
        let mut records = Self {
            ids: rows.iter().map(|row| row.id.clone()).collect(),
            all: Vec::with_capacity(rows.len()),
            fields: compared.map(field).collect(),
            names: Vocabulary::default(),
            years: HashMap::new(),
            days: HashMap::new(),
            dates: HashMap::new(),
        };
        for row in rows {
            let record = records.read_row(&roles, row);
            records.all.push(record);
        }
        records
    }

    fn read_row(&mut self, roles: &[Role], row: &Row) -> Record {
        let (given, surname) = names_of(roles, &row.values);
        let given = self.names.add(&fold(&given));
        let surname = self.names.add(&fold(&surname));
        let values: Vec<Value> = self.fields.iter_mut().map(|field| field.read(row)).collect();
        for value in &values {
            if let Value::Date(date) = value {
                *self.years.entry(date.year).or_default() += 1;
                *self.days.entry((date.month, date.day)).or_default() += 1;
                *self.dates.entry(*date).or_default() += 1;
            }
        }
        Record { given, surname, values }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The share of people that hold a text which occurs `count` times. A small file is eked out with what is
    /// `usual`, since two equal names among three records do not make the name a frequent one.
    pub(crate) fn share(&self, count: u32, usual: f64) -> f64 {
        (f64::from(count.max(1)) + EKED_OUT * usual) / (self.all.len() as f64 + EKED_OUT)
    }

    /// The share of people born on a day: of those born in the year times those born on the day of any year,
    /// which is steadier than to count the day itself, unless it is one that forms fill in by themselves.
    pub(crate) fn share_of_date(&self, date: Date) -> f64 {
        let of = |count: Option<&u32>| count.copied().unwrap_or_default();
        let year = self.share(of(self.years.get(&date.year)), 1.0 / 60.0);
        let day = self.share(of(self.days.get(&(date.month, date.day))), 1.0 / 365.0);
        let often = of(self.dates.get(&date)).saturating_sub(OFTEN);
        (year * day).max(f64::from(often) / self.all.len().max(1) as f64).max(1e-5)
    }
}

fn roles(table: &Table) -> Vec<Role> {
    let column = |at: usize| -> Vec<&str> { table.rows().iter().map(|row| row.values[at].trim()).collect() };
    let mut roles: Vec<Role> = table
        .columns()
        .iter()
        .enumerate()
        .map(
            |(at, header)| {
                if at == table.id_column() { Role::RecordId } else { columns::role(header, &column(at)) }
            },
        )
        .collect();
    // The whole name says nothing beside its parts.
    if roles.contains(&Role::Surname) && roles.contains(&Role::GivenName) {
        for role in roles.iter_mut().filter(|role| **role == Role::FullName) {
            *role = Role::Ignored;
        }
    }
    roles
}

fn names_of(roles: &[Role], values: &[String]) -> (String, String) {
    let of = |wanted: Role| {
        let found =
            roles.iter().zip(values).find(|(role, value)| **role == wanted && !value.trim().is_empty());
        found.map(|(_, value)| value.trim()).filter(|value| !is_placeholder(value)).unwrap_or_default()
    };
    let (given, surname, full) = (of(Role::GivenName), of(Role::Surname), of(Role::FullName));
    if full.is_empty() || full.contains('@') {
        return (given.to_owned(), surname.to_owned());
    }
    if let Some((surname, given)) = full.split_once(',') {
        return (given.to_owned(), surname.to_owned());
    }
    let mut words = full.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    (first, words.next_back().unwrap_or_default().to_owned())
}
