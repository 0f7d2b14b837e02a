//! The data model: classes, their attributes and in which order iTop shows them.
//!
//! Read from `seed/itop-model.txt`, which says how it is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

/// What an attribute is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Id,
    FinalClass,
    FriendlyName,
    Text,
    Html,
    Number,
    /// A duration: a number that is `0` where nothing was ever stored.
    Seconds,
    Date,
    Enum(Vec<String>),
    /// A foreign key to a class; `0` when it is not set.
    Key(String),
    /// An attribute of the object behind a key.
    Via(String, String),
    KeyName(String),
    KeyClass(String),
    KeyFlag(String),
    Log,
    /// The links whose key of this name is the object.
    Links(String),
    List,
    Constant(Value),
}

/// An attribute of a class.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) code: String,
    pub(super) kind: Kind,
    pub(super) mandatory: bool,
    helpers: Vec<Attribute>,
}

impl Attribute {
    fn new(code: impl Into<String>, kind: Kind) -> Self {
        Attribute {
            code: code.into(),
            kind,
            mandatory: false,
            helpers: Vec::new(),
        }
    }

    /// Whether OQL can ask for it.
    fn is_filter(&self) -> bool {
        !matches!(self.kind, Kind::List | Kind::Links(_))
    }
}

/// A class with what it inherits.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) parent: Option<String>,
    /// The top of its hierarchy: ids are unique among all classes below it.
    pub(super) root: String,
    /// The attributes of which the friendly name is made, and what stands between them.
    pub(super) naming: (Vec<String>, &'static str),
    /// Results come with the highest `ref` first, not by friendly name.
    pub(super) newest_first: bool,
    /// Known by more than its name.
    pub(super) modelled: bool,
    own: Vec<Attribute>,
    /// All attributes in the order of `*`.
    pub(super) shown: Vec<Attribute>,
    index: HashMap<String, usize>,
}

impl Class {
    pub(super) fn attribute(&self, code: &str) -> Option<&Attribute> {
        self.index.get(code).map(|index| &self.shown[*index])
    }

    /// What OQL can ask for, in the order of its complaints.
    pub(super) fn filters(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        if self.attribute("finalclass").is_some() {
            codes.push("finalclass");
        }
        codes.push("friendlyname");
        for attribute in self.own.iter().filter(|attribute| attribute.is_filter()) {
            codes.push(&attribute.code);
            codes.extend(attribute.helpers.iter().map(|helper| helper.code.as_str()));
        }
        codes.push("id");
        codes
    }

    /// Whether OQL can ask for this attribute.
    pub(super) fn can_filter(&self, code: &str) -> bool {
        self.attribute(code).is_some_and(Attribute::is_filter)
    }

    fn arrange(&mut self, has_children: bool) {
        let helpers = self.own.iter().flat_map(|attribute| &attribute.helpers);
        let mut shown = self.own.clone();
        if has_children || self.parent.is_some() {
            shown.push(Attribute::new("finalclass", Kind::FinalClass));
        }
        shown.push(Attribute::new("friendlyname", Kind::FriendlyName));
        shown.extend(helpers.cloned());
        self.index = (shown.iter().enumerate())
            .map(|(index, attribute)| (attribute.code.clone(), index))
            .collect();
        // `id` can be asked for, but `*` does not show it.
        self.index.insert("id".to_owned(), shown.len());
        shown.push(Attribute::new("id", Kind::Id));
        self.shown = shown;
    }
}

/// All classes.
#[derive(Debug)]
pub(super) struct Model {
    classes: BTreeMap<String, Class>,
    /// The names of all classes of the real iTop, in its order, also of those not modelled.
    pub(super) names: Vec<String>,
}

impl Model {
    /// Reads the model. `object_attribute` is the name that `idoit_id` has here, if it exists.
    pub(super) fn read(names: &str, object_attribute: Option<&str>) -> Self {
        let mut classes = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for line in include_str!("../../seed/itop-model.txt").lines() {
            if let Some(rest) = line.strip_prefix("class ") {
                let class = class(rest, &classes);
                order.push(class.name.clone());
                classes.insert(class.name.clone(), class);
            } else if let Some(rest) = line.strip_prefix("  ") {
                let mut attribute = attribute(rest);
                if attribute.code == "idoit_id" {
                    match object_attribute {
                        Some(name) => name.clone_into(&mut attribute.code),
                        None => continue,
                    }
                }
                let class = order.last().expect("a class before its attributes");
                classes
                    .get_mut(class)
                    .expect("the class")
                    .own
                    .push(attribute);
            }
        }
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        for name in &names {
            if !classes.contains_key(name) {
                classes.insert(name.clone(), bare(name));
            }
        }
        let parents: BTreeSet<String> = classes
            .values()
            .filter_map(|class| class.parent.clone())
            .collect();
        for class in classes.values_mut() {
            class.arrange(parents.contains(&class.name));
        }
        Model { classes, names }
    }

    pub(super) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// Whether a class is another or stands below it.
    pub(super) fn is_a(&self, class: &str, ancestor: &str) -> bool {
        let mut at = Some(class);
        while let Some(name) = at {
            if name == ancestor {
                return true;
            }
            at = self.class(name).and_then(|class| class.parent.as_deref());
        }
        false
    }

    /// The lowest class that two classes stand below.
    pub(super) fn common(&self, one: &str, other: &str) -> Option<String> {
        let mut at = Some(one);
        while let Some(name) = at {
            if self.is_a(other, name) {
                return Some(name.to_owned());
            }
            at = self.class(name).and_then(|class| class.parent.as_deref());
        }
        None
    }
}

fn bare(name: &str) -> Class {
    Class {
        name: name.to_owned(),
        parent: None,
        root: name.to_owned(),
        naming: (vec!["id".to_owned()], ""),
        newest_first: false,
        modelled: false,
        own: Vec::new(),
        shown: Vec::new(),
        index: HashMap::new(),
    }
}

/// `Person < Contact name: first_name name`, below the classes read before. It takes over the
/// attributes that its parent has by then: the file has all of a class before its children.
fn class(line: &str, classes: &BTreeMap<String, Class>) -> Class {
    let (head, order) = line
        .split_once(" order: ")
        .map_or((line, false), |(head, _)| (head, true));
    let (head, naming) = match head.split_once(" name: ") {
        Some((head, naming)) => (head, Some(naming)),
        None => (head, None),
    };
    let (name, parent) = match head.split_once(" < ") {
        Some((name, parent)) => (name, Some(parent)),
        None => (head, None),
    };
    let mut class = bare(name.trim());
    class.modelled = true;
    if let Some(parent) = parent {
        let parent = &classes[parent];
        class.parent = Some(parent.name.clone());
        class.root.clone_from(&parent.root);
        class.naming.clone_from(&parent.naming);
        class.own.clone_from(&parent.own);
    }
    if let Some(naming) = naming {
        let separator = if naming.contains('/') { " / " } else { " " };
        let parts = naming.split([' ', '/']).map(str::to_owned).collect();
        class.naming = (parts, separator);
    }
    class.newest_first = order;
    class
}

fn attribute(line: &str) -> Attribute {
    let (code, kind) = line.trim().split_once(' ').expect("a code and a kind");
    let mandatory = code.ends_with('!');
    let code = code.trim_end_matches('!').to_owned();
    let (kind, rest) = kind.split_once(' ').unwrap_or((kind, ""));
    let word = |index: usize| rest.split(' ').nth(index).unwrap_or_default().to_owned();
    let kind = match kind {
        "text" => Kind::Text,
        "html" => Kind::Html,
        "number" => Kind::Number,
        "seconds" => Kind::Seconds,
        "date" => Kind::Date,
        "log" => Kind::Log,
        "list" => Kind::List,
        "enum" => {
            let values = rest.replace("\\ ", "\u{a0}");
            Kind::Enum(
                values
                    .split(' ')
                    .map(|value| value.replace('\u{a0}', " "))
                    .collect(),
            )
        }
        "key" => Kind::Key(word(0)),
        "via" => Kind::Via(word(0), word(1)),
        "links" => Kind::Links(word(0)),
        "constant" => Kind::Constant(serde_json::from_str(rest).expect("a constant in JSON")),
        other => panic!("an attribute of no kind that is known: {other}"),
    };
    let mut helpers = Vec::new();
    if matches!(kind, Kind::Key(_)) {
        helpers.push(Attribute::new(
            format!("{code}_friendlyname"),
            Kind::KeyName(code.clone()),
        ));
        if rest.contains(" recall") {
            let name = format!("{code}_finalclass_recall");
            helpers.push(Attribute::new(name, Kind::KeyClass(code.clone())));
        }
        if rest.contains(" flag") {
            let name = format!("{code}_obsolescence_flag");
            helpers.push(Attribute::new(name, Kind::KeyFlag(code.clone())));
        }
    }
    Attribute {
        code,
        kind,
        mandatory,
        helpers,
    }
}
