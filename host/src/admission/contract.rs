//! The contract in `wit/`, as what components are compared with.
//!
//! It is read from the same files that the host's bindings are generated from, so that the two
//! cannot come apart.

use super::shape::{Kind, Named, Shape, Signature};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use wit_parser::{
    Function, Handle, PackageId, Resolve, SourceMap, Type, TypeDefKind, TypeId,
    UnresolvedPackageGroup, WorldItem,
};

/// The package that the contract is.
pub(super) const PACKAGE: &str = "sgi:connector";

/// Read once a process: the files are part of the program.
pub(super) static CONTRACT: LazyLock<Result<Contract, String>> = LazyLock::new(Contract::read);

/// What a host gives and takes.
#[derive(Debug)]
pub(super) struct Contract {
    /// Of `sgi:connector`.
    pub(super) version: String,
    /// What a component may export, by the interface's name.
    pub(super) exports: BTreeMap<String, Interface>,
    /// What the sealed profile gives, by package (`wasi:io`) and interface (`poll`).
    pub(super) imports: BTreeMap<(String, String), Interface>,
    /// The version of WASI.
    pub(super) wasi: String,
}

/// An interface of the contract.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) version: String,
    pub(super) functions: BTreeMap<String, Signature>,
    pub(super) resources: BTreeSet<String>,
}

/// The contract itself.
const FILES: [(&str, &str); 4] = [
    ("connector.wit", include_str!("../../../wit/connector.wit")),
    ("changes.wit", include_str!("../../../wit/changes.wit")),
    ("authoring.wit", include_str!("../../../wit/authoring.wit")),
    ("worlds.wit", include_str!("../../../wit/worlds.wit")),
];
/// The packages that it uses, a file each.
const DEPENDENCIES: [(&str, &str); 3] = [
    ("deps/http.wit", include_str!("../../../wit/deps/http.wit")),
    ("deps/io.wit", include_str!("../../../wit/deps/io.wit")),
    (
        "deps/clocks.wit",
        include_str!("../../../wit/deps/clocks.wit"),
    ),
];

/// Parses the contract with every text changed by `edit`, which is for tests.
pub(super) fn parse(edit: impl Fn(&str) -> String) -> Result<(Resolve, PackageId), String> {
    let group = |files: &[(&str, &str)]| -> Result<UnresolvedPackageGroup, String> {
        let mut map = SourceMap::default();
        for (name, text) in files {
            map.push_str(name, edit(text));
        }
        map.parse().map_err(|(map, error)| error.render(&map))
    };
    let dependencies: Result<Vec<_>, String> = DEPENDENCIES
        .iter()
        .map(|file| group(std::slice::from_ref(file)))
        .collect();
    let mut resolve = Resolve::default();
    let package = resolve
        .push_groups(group(&FILES)?, dependencies?)
        .map_err(|error| error.to_string())?;
    Ok((resolve, package))
}

impl Contract {
    fn read() -> Result<Self, String> {
        let (resolve, package) = parse(str::to_owned)?;
        // All that a connector may export, and with it all that one may import: the interface
        // `types` comes with the exports that use it.
        let world = resolve
            .select_world(&[package], Some("full"))
            .ok()
            .and_then(|id| resolve.worlds.get(id))
            .ok_or_else(|| "there is no world `full`".to_owned())?;
        let exports: BTreeMap<String, Interface> = world
            .exports
            .values()
            .filter_map(|item| interface(&resolve, item))
            .filter(|((package, _), _)| package == PACKAGE)
            .map(|((_, name), interface)| (name, interface))
            .collect();
        let imports: BTreeMap<_, _> = world
            .imports
            .values()
            .filter_map(|item| interface(&resolve, item))
            .collect();
        let version = exports
            .values()
            .map(|interface| interface.version.clone())
            .next();
        let wasi = imports
            .iter()
            .find(|((package, _), _)| package.starts_with("wasi:"))
            .map(|(_, interface)| interface.version.clone());
        Ok(Self {
            version: version.ok_or_else(|| "the world `full` exports nothing".to_owned())?,
            wasi: wasi.ok_or_else(|| "the world `full` imports no WASI".to_owned())?,
            exports,
            imports,
        })
    }
}

fn interface(resolve: &Resolve, item: &WorldItem) -> Option<((String, String), Interface)> {
    let WorldItem::Interface { id, .. } = item else {
        return None;
    };
    let interface = resolve.interfaces.get(*id)?;
    let package = &resolve.packages.get(interface.package?)?.name;
    let functions = interface
        .functions
        .iter()
        .map(|(name, function)| (name.clone(), signature(resolve, function)))
        .collect();
    let resources = interface
        .types
        .iter()
        // One that is taken over from another interface by `use` is a resource here, too.
        .filter(|(_, id)| is_resource(resolve, **id))
        .map(|(name, _)| name.clone())
        .collect();
    let key = (
        format!("{}:{}", package.namespace, package.name),
        interface.name.clone()?,
    );
    let version = package.version.as_ref()?.to_string();
    let interface = Interface {
        version,
        functions,
        resources,
    };
    Some((key, interface))
}

fn is_resource(resolve: &Resolve, id: TypeId) -> bool {
    match resolve.types.get(id).map(|definition| &definition.kind) {
        Some(TypeDefKind::Resource) => true,
        Some(TypeDefKind::Type(Type::Id(id))) => is_resource(resolve, *id),
        _ => false,
    }
}

fn signature(resolve: &Resolve, function: &Function) -> Signature {
    Signature {
        asynchronous: function.kind.is_async(),
        parameters: function
            .params
            .iter()
            .map(|parameter| (parameter.name.clone(), shape(resolve, &parameter.ty)))
            .collect(),
        result: function.result.as_ref().map(|ty| shape(resolve, ty)),
    }
}

fn shape(resolve: &Resolve, ty: &Type) -> Shape {
    let boxed = |ty: &Type| Box::new(shape(resolve, ty));
    let plain = |name: &str| Shape::Plain(name.to_owned());
    let id = match ty {
        Type::Bool => return plain("bool"),
        Type::U8 => return plain("u8"),
        Type::U16 => return plain("u16"),
        Type::U32 => return plain("u32"),
        Type::U64 => return plain("u64"),
        Type::S8 => return plain("s8"),
        Type::S16 => return plain("s16"),
        Type::S32 => return plain("s32"),
        Type::S64 => return plain("s64"),
        Type::F32 => return plain("f32"),
        Type::F64 => return plain("f64"),
        Type::Char => return plain("char"),
        Type::String => return plain("string"),
        Type::ErrorContext => return plain("error-context"),
        Type::Id(id) => *id,
    };
    let Some(definition) = resolve.types.get(id) else {
        // A contract that was resolved has every type that it names.
        return plain("unknown");
    };
    let named = |kind, parts: Vec<(String, Option<Shape>)>| {
        let name = definition.name.clone();
        Shape::Named(Named { kind, name, parts })
    };
    match &definition.kind {
        TypeDefKind::Type(ty) => shape(resolve, ty),
        TypeDefKind::List(of) => Shape::List(boxed(of)),
        TypeDefKind::Option(of) => Shape::Option(boxed(of)),
        TypeDefKind::Result(result) => Shape::Result(
            result.ok.as_ref().map(boxed),
            result.err.as_ref().map(boxed),
        ),
        TypeDefKind::Tuple(tuple) => {
            Shape::Tuple(tuple.types.iter().map(|ty| shape(resolve, ty)).collect())
        }
        TypeDefKind::Handle(Handle::Own(id)) => Shape::Own(resource_name(resolve, *id)),
        TypeDefKind::Handle(Handle::Borrow(id)) => Shape::Borrow(resource_name(resolve, *id)),
        TypeDefKind::Record(record) => {
            let part =
                |field: &wit_parser::Field| (field.name.clone(), Some(shape(resolve, &field.ty)));
            named(Kind::Record, record.fields.iter().map(part).collect())
        }
        TypeDefKind::Variant(variant) => {
            let part = |case: &wit_parser::Case| {
                (
                    case.name.clone(),
                    case.ty.as_ref().map(|ty| shape(resolve, ty)),
                )
            };
            named(Kind::Variant, variant.cases.iter().map(part).collect())
        }
        TypeDefKind::Enum(cases) => named(
            Kind::Enum,
            cases
                .cases
                .iter()
                .map(|case| (case.name.clone(), None))
                .collect(),
        ),
        TypeDefKind::Flags(flags) => named(
            Kind::Flags,
            flags
                .flags
                .iter()
                .map(|flag| (flag.name.clone(), None))
                .collect(),
        ),
        // The contract and WASI 0.2 have none of these; a component that has one in its place does
        // not fit.
        TypeDefKind::Map(..)
        | TypeDefKind::FixedLengthList(..)
        | TypeDefKind::Future(_)
        | TypeDefKind::Stream(_)
        | TypeDefKind::Resource
        | TypeDefKind::Unknown => plain(definition.kind.as_str()),
    }
}

/// The name of a resource where it is defined, whatever `use … as` calls it.
fn resource_name(resolve: &Resolve, id: TypeId) -> String {
    match resolve.types.get(id) {
        Some(definition) => match definition.kind {
            TypeDefKind::Type(Type::Id(id)) => resource_name(resolve, id),
            _ => definition.name.clone().unwrap_or_default(),
        },
        None => String::new(),
    }
}
