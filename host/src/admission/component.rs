//! A component's imports and exports, out of its bytes.
//!
//! Only the parser that the engine itself uses touches the bytes, and it validates them first; what
//! is left here is looking things up. Types are turned into [`Shape`]s up to a depth and a size far
//! beyond the contract's, so that no type, however it is built, costs more than that.

use super::MAX_NAME;
use super::shape::{Kind, Named, Shape, Signature};
use crate::text::one_line;
use std::collections::{BTreeMap, HashMap};
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentFuncTypeId, ComponentInstanceType, ComponentValType, ResourceId,
};
use wasmparser::types::Types;
use wasmparser::{BinaryReaderError, Parser, Payload, Validator, WasmFeatures};

/// How deep a type is followed, and how many types, fields and cases one function may have; long
/// names count for several. The largest function of the contract has a tenth of either.
const MAX_DEPTH: usize = 24;
const MAX_NODES: usize = 1_000;
const NAME_PER_NODE: usize = 64;
/// What stands for all that is beyond. No type of the contract looks like it.
const BEYOND: &str = "…";
/// Chains of aliases that are followed for a name.
const MAX_ALIASES: usize = 50;

/// A component that is valid.
pub(super) struct Component {
    types: Types,
    pub(super) imports: Vec<Item>,
    pub(super) exports: Vec<Item>,
    resources: BTreeMap<ResourceId, String>,
    names: HashMap<ComponentDefinedTypeId, String>,
}

/// An import or an export.
pub(super) struct Item {
    pub(super) name: String,
    entity: ComponentEntityType,
}

/// What is in an instance that is imported or exported.
pub(super) struct Members<'a> {
    pub(super) functions: Vec<(&'a str, ComponentFuncTypeId)>,
    pub(super) resources: Vec<&'a str>,
    /// Anything that a WIT interface cannot hold.
    pub(super) others: Vec<&'a str>,
}

/// What the engine takes (see `engine::config`): its defaults, without the component model's
/// asynchronous functions, and without threads, which it is built without. Should it take less after
/// all, its compiler says so.
fn features() -> WasmFeatures {
    (WasmFeatures::WASM3 | WasmFeatures::COMPONENT_MODEL)
        & !(WasmFeatures::CM_ASYNC | WasmFeatures::THREADS)
}

fn malformed(error: &BinaryReaderError, size: usize) -> String {
    let message = one_line(error.message(), 2 * MAX_NAME);
    let cut = if message.contains("unexpected end") {
        "; is the file cut off?"
    } else {
        ""
    };
    format!(
        "this is not a valid component: {message} (at byte {} of {size}{cut})",
        error.offset()
    )
}

impl Component {
    /// Reads a component; the error is a sentence.
    pub(super) fn read(wasm: &[u8]) -> Result<Self, String> {
        let malformed = |error: BinaryReaderError| malformed(&error, wasm.len());
        let types = Validator::new_with_features(features())
            .validate_all(wasm)
            .map_err(malformed)?;
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        // Modules and components in the component have payloads, too.
        let mut nesting = 0_usize;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(malformed)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    nesting = nesting.saturating_add(1);
                }
                Payload::End(_) => nesting = nesting.saturating_sub(1),
                Payload::ComponentImportSection(section) if nesting == 0 => {
                    for import in section {
                        let name = import.map_err(malformed)?.name.name;
                        if let Some(item) = types.as_ref().component_item_for_import(name) {
                            imports.push(Item::new(name, item.ty));
                        }
                    }
                }
                Payload::ComponentExportSection(section) if nesting == 0 => {
                    for export in section {
                        let name = export.map_err(malformed)?.name.name;
                        if let Some(item) = types.as_ref().component_item_for_export(name) {
                            exports.push(Item::new(name, item.ty));
                        }
                    }
                }
                _ => {}
            }
        }
        let mut component = Self {
            types,
            imports,
            exports,
            resources: BTreeMap::new(),
            names: HashMap::new(),
        };
        component.learn_names();
        Ok(component)
    }

    /// Types have no names of their own: the interfaces that hand them out give them some. An import
    /// is named where it is defined, as the interfaces come in the order of their dependencies.
    fn learn_names(&mut self) {
        let mut resources = BTreeMap::new();
        let mut names = HashMap::new();
        for item in self.imports.iter().chain(&self.exports) {
            let Some(instance) = self.instance(item) else {
                continue;
            };
            for (name, member) in &instance.exports {
                match member.ty {
                    ComponentEntityType::Type {
                        created: ComponentAnyTypeId::Resource(id),
                        ..
                    } => {
                        resources
                            .entry(id.resource())
                            .or_insert_with(|| name.clone());
                    }
                    ComponentEntityType::Type {
                        created: ComponentAnyTypeId::Defined(id),
                        ..
                    } => {
                        names.entry(self.root(id)).or_insert_with(|| name.clone());
                    }
                    _ => {}
                }
            }
        }
        self.resources = resources;
        self.names = names;
    }

    fn instance(&self, item: &Item) -> Option<&ComponentInstanceType> {
        match item.entity {
            ComponentEntityType::Instance(id) => self.types.as_ref().get(id),
            _ => None,
        }
    }

    /// What is in an import or export; none if it is not an interface's instance.
    pub(super) fn members(&self, item: &Item) -> Option<Members<'_>> {
        let mut members = Members {
            functions: Vec::new(),
            resources: Vec::new(),
            others: Vec::new(),
        };
        for (name, member) in &self.instance(item)?.exports {
            match member.ty {
                ComponentEntityType::Func(id) => members.functions.push((name, id)),
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(_),
                    ..
                } => members.resources.push(name),
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Defined(_),
                    ..
                } => {}
                _ => members.others.push(name),
            }
        }
        Some(members)
    }

    fn root(&self, mut id: ComponentDefinedTypeId) -> ComponentDefinedTypeId {
        for _ in 0..MAX_ALIASES {
            let Some(aliased) = self.types.as_ref().peel_alias(id) else {
                break;
            };
            id = aliased;
        }
        id
    }

    /// A function's type.
    pub(super) fn signature(&self, id: ComponentFuncTypeId) -> Signature {
        let Some(function) = self.types.as_ref().get(id) else {
            // A valid component names only types that it has.
            return Signature {
                asynchronous: false,
                parameters: Vec::new(),
                result: Some(Shape::Plain(BEYOND.to_owned())),
            };
        };
        let mut nodes = MAX_NODES;
        let parameters = function
            .params
            .iter()
            .map(|(name, ty)| {
                (
                    name.as_str().to_owned(),
                    self.shape(ty, MAX_DEPTH, &mut nodes),
                )
            })
            .collect();
        Signature {
            asynchronous: function.async_,
            parameters,
            result: function.result.as_ref().map(|ty| {
                // What the parameters have used up says nothing about the result.
                self.shape(ty, MAX_DEPTH, &mut { MAX_NODES })
            }),
        }
    }

    fn shape(&self, ty: &ComponentValType, depth: usize, nodes: &mut usize) -> Shape {
        let id = match ty {
            ComponentValType::Primitive(primitive) => return Shape::Plain(primitive.to_string()),
            ComponentValType::Type(id) => *id,
        };
        let left = (
            depth.checked_sub(1),
            nodes.checked_sub(1),
            self.types.as_ref().get(id),
        );
        let (Some(depth), Some(left), Some(definition)) = left else {
            return Shape::Plain(BEYOND.to_owned());
        };
        *nodes = left;
        let boxed =
            |ty: &ComponentValType, nodes: &mut usize| Box::new(self.shape(ty, depth, nodes));
        let resource = |id: &wasmparser::component_types::AliasableResourceId| {
            self.resources
                .get(&id.resource())
                .cloned()
                .unwrap_or_else(|| "resource".to_owned())
        };
        let (kind, parts): (Kind, Vec<(&str, Option<&ComponentValType>)>) = match definition {
            ComponentDefinedType::Primitive(primitive) => {
                return Shape::Plain(primitive.to_string());
            }
            ComponentDefinedType::List { element, .. } => {
                return Shape::List(boxed(element, nodes));
            }
            ComponentDefinedType::Option { ty, .. } => return Shape::Option(boxed(ty, nodes)),
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = ok.as_ref().map(|ty| boxed(ty, nodes));
                return Shape::Result(ok, err.as_ref().map(|ty| boxed(ty, nodes)));
            }
            ComponentDefinedType::Tuple(tuple) => {
                let types = tuple.types.iter().take(MAX_NODES);
                return Shape::Tuple(types.map(|ty| self.shape(ty, depth, nodes)).collect());
            }
            ComponentDefinedType::Own(id) => return Shape::Own(resource(id)),
            ComponentDefinedType::Borrow(id) => return Shape::Borrow(resource(id)),
            ComponentDefinedType::Map { .. } => return Shape::Plain("map".to_owned()),
            ComponentDefinedType::FixedLengthList { .. } => {
                return Shape::Plain("list of fixed length".to_owned());
            }
            ComponentDefinedType::Future { .. } => return Shape::Plain("future".to_owned()),
            ComponentDefinedType::Stream { .. } => return Shape::Plain("stream".to_owned()),
            ComponentDefinedType::Record(record) => (
                Kind::Record,
                record
                    .fields
                    .iter()
                    .map(|(name, ty)| (name.as_str(), Some(ty)))
                    .collect(),
            ),
            ComponentDefinedType::Variant(variant) => (
                Kind::Variant,
                variant
                    .cases
                    .iter()
                    .map(|(name, case)| (name.as_str(), case.ty.as_ref()))
                    .collect(),
            ),
            ComponentDefinedType::Enum(cases) => (
                Kind::Enum,
                cases.iter().map(|name| (name.as_str(), None)).collect(),
            ),
            ComponentDefinedType::Flags(flags) => (
                Kind::Flags,
                flags.iter().map(|name| (name.as_str(), None)).collect(),
            ),
        };
        let cost = parts
            .iter()
            .map(|(name, _)| 1 + name.len() / NAME_PER_NODE)
            .sum();
        let Some(left) = nodes.checked_sub(cost) else {
            return Shape::Plain(BEYOND.to_owned());
        };
        *nodes = left;
        Shape::Named(Named {
            kind,
            name: self.names.get(&self.root(id)).cloned(),
            parts: parts
                .into_iter()
                .map(|(name, ty)| (name.to_owned(), ty.map(|ty| self.shape(ty, depth, nodes))))
                .collect(),
        })
    }
}

impl Item {
    fn new(name: &str, entity: ComponentEntityType) -> Self {
        Self {
            name: name.to_owned(),
            entity,
        }
    }
}
