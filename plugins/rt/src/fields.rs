//! The two custom fields that the settings name: which of RT's are meant, and whether an answer still
//! shows those that the check learned.

use crate::knowledge::Evidence;
use serde::{Deserialize, Serialize};

/// A custom field as the check saw it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) id: u64,
    pub(crate) name: String,
}

/// One of the two.
#[derive(Clone, Copy)]
pub(crate) struct Role<'a> {
    pub(crate) known: &'a [Known],
    /// As the settings name it.
    pub(crate) meant: Option<&'a str>,
}

impl Role<'_> {
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.known.iter().map(|field| field.id).collect()
    }

    fn is_named(&self, name: &str) -> bool {
        self.meant == Some(name) || self.known.iter().any(|field| field.name == name)
    }

    /// Whether a field of a ticket is one of these. One that no queue in sight has (a disabled one has
    /// it, say) is known by its name.
    pub(crate) fn holds(&self, id: u64, name: &str) -> bool {
        self.known.iter().any(|field| field.id == id) || self.is_named(name)
    }

    fn evidence(&self, id: u64, name: &str) -> Option<Evidence> {
        match self.known.iter().find(|field| field.id == id) {
            // Where the account may not see the name it is empty.
            Some(field) => (!name.is_empty() && field.name != name).then_some(Evidence::Proof),
            None => self.is_named(name).then_some(Evidence::Hint),
        }
    }
}

/// Both.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) objects: Role<'a>,
    pub(crate) tenant: Role<'a>,
    /// Whether tickets of one tenant are wanted.
    pub(crate) tenant_matters: bool,
}

impl Fields<'_> {
    /// What a field of a ticket says about whether the two are still those that were learned.
    pub(crate) fn evidence(&self, id: u64, name: &str) -> Option<Evidence> {
        let of_tenant = self.tenant.evidence(id, name);
        let of_tenant = of_tenant.filter(|_| self.tenant_matters);
        self.objects.evidence(id, name).max(of_tenant)
    }
}

/// The field of a queue that is meant: of this name, of this name in any case as RT has it, or of this
/// id.
pub(crate) fn meant<'a>(fields: &'a [Known], meant: Option<&str>) -> Option<&'a Known> {
    let meant = meant?;
    let by = |fits: &dyn Fn(&Known) -> bool| fields.iter().find(|field| fits(field));
    by(&|field| field.name == meant)
        .or_else(|| by(&|field| field.name.to_lowercase() == meant.to_lowercase()))
        .or_else(|| by(&|field| field.id.to_string() == meant))
}

/// The name that was probably meant: one that differs by a letter or two.
pub(crate) fn similar<'a>(meant: &str, names: &'a [String]) -> Option<&'a str> {
    let meant: Vec<char> = meant.to_lowercase().chars().take(200).collect();
    let near = names.iter().map(|name| {
        let name_chars: Vec<char> = name.to_lowercase().chars().take(200).collect();
        (distance(&meant, &name_chars), name.as_str())
    });
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + meant.len() / 6).then_some(name)
}

/// How many letters have to be changed, left out or put in.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, x) in a.iter().enumerate() {
        // What stands above and to the left of the place that is being filled in.
        let mut corner = above;
        let mut left = above + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (y, up) in b.iter().zip(row.iter().skip(1)) {
            let best = (corner + usize::from(x != y)).min(left + 1).min(up + 1);
            corner = *up;
            left = best;
            next.push(best);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: u64, name: &str) -> Known {
        Known {
            id,
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_field_is_meant_by_its_name_in_any_case_or_by_its_id() {
        let fields = [known(4, "Ort"), known(5, "ort"), known(6, "4")];
        let id = |text: &str| meant(&fields, Some(text)).map(|field| field.id);
        assert_eq!(
            [id("ort"), id("ORT"), id("4"), id("5"), id("7")],
            [Some(5), Some(4), Some(6), Some(5), None]
        );
    }

    #[test]
    fn a_name_with_a_letter_wrong_is_guessed() {
        let names = ["i-doit tenant", "i-doit objects", "Ort"].map(str::to_owned);
        for typo in ["i-doit object", "idoit objects", "I-Doit Obejcts"] {
            assert_eq!(similar(typo, &names), Some("i-doit objects"), "{typo}");
        }
        assert_eq!(similar("Objekte", &names), None);
        assert_eq!(similar("x", &[]), None);
    }

    #[test]
    fn an_answer_tells_that_a_field_is_another_one_now() {
        let learned = [known(2, "i-doit objects")];
        let role = Role {
            known: &learned,
            meant: Some("I-DOIT OBJECTS"),
        };
        for (id, name, evidence) in [
            (2, "i-doit objects", None),
            (2, "", None),
            (2, "i-doit objects alt", Some(Evidence::Proof)),
            (9, "i-doit objects", Some(Evidence::Hint)),
            (9, "I-DOIT OBJECTS", Some(Evidence::Hint)),
            (4, "Ort", None),
        ] {
            assert_eq!(role.evidence(id, name), evidence, "{id} {name}");
            assert_eq!(role.holds(id, name), id != 4, "{id} {name}");
        }
    }
}
