//! Why a document has the audience it has.

use connector::{Error, Explanation};

use super::{Drive, named};
use crate::wire::File;

/// The shortest text that is taken for an id.
const SHORTEST_ID: usize = 5;

impl Drive {
    pub(super) async fn explanation(&self, place: &str) -> Result<Option<Explanation>, Error> {
        let Some(id) = id_in(place) else { return Ok(None) };
        let file = match self.file_value(&id).await {
            Ok(value) => File::read(value),
            Err(failure) if failure.is_gone() => None,
            Err(failure) => return Err(failure.into()),
        };
        let Some(file) = file.filter(|file| !file.trashed && !file.is_folder()) else { return Ok(None) };
        self.forget_folders();
        let tree = self.tree().await?;
        let Some(lineage) = self.lineage(&tree, &file).await? else { return Ok(None) };
        let folders: Vec<String> = lineage.folders.iter().map(|(id, _)| format!("`{id}`")).collect();
        let mut steps = vec![match (folders.is_empty(), &lineage.drive) {
            (true, _) => "it was chosen by itself".to_owned(),
            (false, None) => format!("it lies in the folders {}", folders.join(", in ")),
            (false, Some(drive)) => {
                format!("it lies in the folders {}, in the shared drive `{drive}`", folders.join(", in "))
            }
        }];
        if let Some(problem) = self.obstacle(&file) {
            steps.push(problem.what);
            return Ok(Some(explanation(&file, None, steps)));
        }
        if file.permissions.iter().flatten().any(|one| one.kind == "anyone") {
            steps.push("anybody who has the link can open it, which makes nothing public here".to_owned());
        }
        let verdict = self.verdict(&file, &lineage).await?;
        let audience = verdict.audience();
        steps.extend(verdict.steps);
        Ok(Some(explanation(&file, audience, steps)))
    }
}

fn explanation(
    file: &File,
    audience: Option<domain::record::RawAudience>,
    steps: Vec<String>,
) -> Explanation {
    Explanation { id: named(&file.id), title: file.name.clone(), audience, steps }
}

/// Returns the id in an address of Drive or Docs, or what is an id itself.
fn id_in(place: &str) -> Option<String> {
    let place = place.trim();
    let is_id = |text: &str| {
        text.len() >= SHORTEST_ID
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if is_id(place) {
        return Some(place.to_owned());
    }
    let rest = place.strip_prefix("https://").or_else(|| place.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    if !["docs.google.com", "drive.google.com"].contains(&host) {
        return None;
    }
    let (path, query) = path.split('#').next()?.split_once('?').unwrap_or((path, ""));
    let named = query.split('&').find_map(|pair| pair.strip_prefix("id="));
    let mut segments = path.split(['/', '#', '?']).skip_while(|segment| *segment != "d").skip(1);
    segments.next().or(named).filter(|id| is_id(id)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_addresses() {
        let found = Some("1AbC_d-e".to_owned());
        for place in [
            "1AbC_d-e",
            "https://docs.google.com/document/d/1AbC_d-e/edit?tab=t.0#heading=h.x",
            "https://docs.google.com/document/u/1/d/1AbC_d-e",
            "https://drive.google.com/file/d/1AbC_d-e/view?usp=sharing",
            "https://drive.google.com/open?usp=x&id=1AbC_d-e",
        ] {
            assert_eq!(id_in(place), found, "{place}");
        }
        for place in
            ["", "https://elsewhere.example/d/1AbC_d-e", "a b", "https://docs.google.com/document/d/"]
        {
            assert_eq!(id_in(place), None, "{place}");
        }
    }
}
