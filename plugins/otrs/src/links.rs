//! Addresses in OTRS for people.

use crate::object::{ObjectId, References};
use sgi_guest::tickets::Form;
use sgi_guest::{Settings, text};

/// The page of a ticket. It is named by its id, not by its number.
pub(crate) fn show(settings: &Settings, id: u64) -> String {
    format!(
        "{}/index.pl?Action=AgentTicketZoom;TicketID={id}",
        settings.link_url()
    )
}

/// OTRS's two forms for a new ticket. They take dynamic fields from the address and nothing else, and
/// only those that OTRS shows on that form.
pub(crate) fn forms(
    settings: &Settings,
    references: &References<'_>,
    object: ObjectId<'_>,
) -> Vec<Form> {
    let mut fields = vec![(references.objects.parameter(), references.value(&[object]))];
    if let Some((field, tenant)) = references.tenant {
        fields.push((field.parameter(), tenant.to_owned()));
    }
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!(";{name}={}", text::encode(value)))
        .collect();
    [
        ("Phone ticket", "AgentTicketPhone"),
        ("E-mail ticket", "AgentTicketEmail"),
    ]
    .into_iter()
    .map(|(label, action)| Form {
        label: label.to_owned(),
        url: format!("{}/index.pl?Action={action}{fields}", settings.link_url()),
        note: None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn urls(options: &[(&str, &str)]) -> Vec<String> {
        let settings = samples::settings(options);
        let references = References::new(&settings).unwrap();
        let object = ObjectId::parse("42").unwrap();
        let forms = forms(&settings, &references, object);
        forms.into_iter().map(|form| form.url).collect()
    }

    #[test]
    fn both_forms_come_with_the_object_filled_in() {
        let base = "https://desk.example.org/otrs/index.pl?Action=";
        assert_eq!(
            urls(&[]),
            [
                format!("{base}AgentTicketPhone;DynamicField_IDoitObjects=%2C42%2C"),
                format!("{base}AgentTicketEmail;DynamicField_IDoitObjects=%2C42%2C"),
            ]
        );
    }

    #[test]
    fn a_tenant_cannot_add_parameters() {
        let urls = urls(&[("tenant", "a;b=c&d"), ("match", "equals")]);
        assert!(
            urls[0].ends_with(
                ";DynamicField_IDoitObjects=42;DynamicField_IDoitMandator=a%3Bb%3Dc%26d"
            )
        );
    }
}
