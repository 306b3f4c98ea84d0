//! The points of some shards, apart by the field that was declared to tell tenants apart.

use std::collections::{BTreeMap, HashMap};

use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::value::Kind;
use qdrant_client::qdrant::{Filter, PointId, Value};
use tonic::Status;
use uuid::Uuid;

use crate::filter::required;
use crate::points::Change;
use crate::state::invalid;

pub(crate) type Payload = HashMap<String, Value>;

/// The id of a point; numbers come before UUIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Number(u64),
    Uuid(Uuid),
}

impl Key {
    pub(crate) fn of(id: &PointId) -> Result<Self, Status> {
        match &id.point_id_options {
            Some(PointIdOptions::Num(number)) => Ok(Self::Number(*number)),
            Some(PointIdOptions::Uuid(text)) => Uuid::try_parse(text)
                .map(Self::Uuid)
                .map_err(|_| Status::invalid_argument(format!("Unable to parse UUID: {text}"))),
            None => Err(Status::invalid_argument("No ID options provided")),
        }
    }

    pub(crate) fn id(self) -> PointId {
        let options = match self {
            Self::Number(number) => PointIdOptions::Num(number),
            Self::Uuid(uuid) => PointIdOptions::Uuid(uuid.to_string()),
        };
        PointId { point_id_options: Some(options) }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Point {
    pub(crate) payload: Payload,
    /// Of length one.
    pub(crate) dense: HashMap<String, Vec<f32>>,
    /// Terms in order, each with its weight.
    pub(crate) sparse: HashMap<String, Vec<(u32, f32)>>,
    pub(crate) version: u64,
    /// Its number among those of its part.
    pub(crate) number: u32,
}

/// The points that hold the same in the field of tenants.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) points: BTreeMap<Key, Point>,
    /// The keys of the points by their numbers.
    keys: Vec<Key>,
    /// Which points, by their numbers, have a term in a vector: lists to look through before they are looked at
    /// themselves. A point has hundreds of terms.
    holders: HashMap<String, HashMap<u32, Vec<u32>>>,
}

impl Part {
    /// Returns the points that have a term in a vector.
    pub(crate) fn holding(&self, vector: &str, term: u32) -> impl Iterator<Item = Key> {
        let numbers = self.holders.get(vector).and_then(|terms| terms.get(&term)).into_iter().flatten();
        numbers.filter_map(|number| self.keys.get(*number as usize).copied())
    }

    fn put(&mut self, key: Key, mut point: Point) -> Result<(), Status> {
        point.number =
            u32::try_from(self.keys.len()).map_err(|_| invalid("too many points for a stand-in"))?;
        self.keys.push(key);
        for (name, terms) in &point.sparse {
            let holders = self.holders.entry(name.clone()).or_default();
            for (term, _) in terms {
                holders.entry(*term).or_default().push(point.number);
            }
        }
        self.points.insert(key, point);
        Ok(())
    }

    fn remove(&mut self, key: Key) {
        let Some(point) = self.points.remove(&key) else { return };
        for (name, terms) in point.sparse {
            let Some(holders) = self.holders.get_mut(&name) else { continue };
            for (term, _) in terms {
                if let Some(numbers) = holders.get_mut(&term) {
                    numbers.retain(|one| *one != point.number);
                }
            }
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Points {
    parts: HashMap<String, Part>,
    places: HashMap<Key, String>,
    /// The field that tells tenants apart.
    pub(crate) tenant: Option<String>,
}

impl Points {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn find(&self, key: Key) -> Option<&Point> {
        self.parts.get(self.places.get(&key)?)?.points.get(&key)
    }

    fn place(&self, point: &Point) -> String {
        let value = self.tenant.as_ref().and_then(|name| point.payload.get(name)?.kind.as_ref());
        match value {
            Some(Kind::StringValue(word)) => word.clone(),
            _ => String::new(),
        }
    }

    pub(crate) fn put(&mut self, key: Key, point: Point) -> Result<(), Status> {
        self.remove(key);
        let place = self.place(&point);
        self.parts.entry(place.clone()).or_default().put(key, point)?;
        self.places.insert(key, place);
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: Key) {
        if let Some(part) = self.places.remove(&key).and_then(|place| self.parts.get_mut(&place)) {
            part.remove(key);
        }
    }

    /// Puts every point where it belongs now that a field tells tenants apart.
    pub(crate) fn part_by(&mut self, field: &str) -> Result<(), Status> {
        self.tenant = Some(field.to_owned());
        let parts = std::mem::take(&mut self.parts);
        self.places.clear();
        for (key, point) in parts.into_values().flat_map(|part| part.points) {
            self.put(key, point)?;
        }
        Ok(())
    }

    /// Returns the parts in which points may pass a filter.
    pub(crate) fn parts(&self, filter: Option<&Filter>) -> Vec<&Part> {
        let word = self.tenant.as_ref().and_then(|name| required(filter?, name));
        match word {
            Some(word) => self.parts.get(word).into_iter().collect(),
            None => self.parts.values().collect(),
        }
    }

    /// Returns the points that pass a filter, in the order of their ids.
    pub(crate) fn passing(&self, filter: Option<&Filter>) -> Result<Vec<(Key, &Point)>, Status> {
        let mut found = Vec::new();
        for (key, point) in self.parts(filter).into_iter().flat_map(|part| &part.points) {
            let passes =
                filter.map_or(Ok(true), |filter| crate::filter::passes(filter, *key, &point.payload));
            if passes? {
                found.push((*key, point));
            }
        }
        found.sort_by_key(|(key, _)| *key);
        Ok(found)
    }

    pub(crate) fn make(&mut self, version: u64, change: Change) -> Result<(), Status> {
        match change {
            Change::Put(points) => {
                for (key, point) in points {
                    self.put(key, Point { version, ..point })?;
                }
            }
            Change::Remove(which) => {
                for key in self.chosen(&which)? {
                    self.remove(key);
                }
            }
            Change::Set(which, fields) => {
                for key in self.chosen(&which)? {
                    let Some(point) = self.find(key) else { continue };
                    let mut point = Point { version, ..point.clone() };
                    point.payload.extend(fields.clone());
                    self.put(key, point)?;
                }
            }
        }
        Ok(())
    }

    fn chosen(&self, which: &PointsSelectorOneOf) -> Result<Vec<Key>, Status> {
        match which {
            PointsSelectorOneOf::Points(list) => list.ids.iter().map(Key::of).collect(),
            PointsSelectorOneOf::Filter(filter) => {
                Ok(self.passing(Some(filter))?.into_iter().map(|(key, _)| key).collect())
            }
        }
    }
}

/// Puts a sparse vector in order.
pub(crate) fn in_order(indices: &[u32], values: &[f32]) -> Result<Vec<(u32, f32)>, Status> {
    if indices.len() != values.len() {
        return Err(invalid(
            "Sparse indices does not match sparse vector conditions: must be the same length as values",
        ));
    }
    let mut terms: Vec<(u32, f32)> = indices.iter().copied().zip(values.iter().copied()).collect();
    terms.sort_by_key(|(term, _)| *term);
    if terms.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(invalid("Sparse indices does not match sparse vector conditions: must be unique"));
    }
    Ok(terms)
}

/// Makes a vector one of length one; one without a direction stays as it is.
pub(crate) fn of_length_one(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > f32::EPSILON {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}
