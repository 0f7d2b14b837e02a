//! Builds connectors out of a few lines of WebAssembly text.
//!
//! A compiler would not make most of what the host has to bear: lengths that lie, strings that are no
//! UTF-8, tags that do not exist. So these connectors are written in the canonical ABI itself.
//! `prelude.wat` holds what all of them need; a [`Guest`] adds what one does, and is encoded as a
//! component of the contract's world `reader`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test support: what is broken must fail loudly"
)]

use std::fmt::Write as _;
use std::path::Path;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const PRELUDE: &str = include_str!("prelude.wat");
/// Where the texts of an attack begin in its memory, and where they end.
const TEXTS: usize = 4096;
const TEXTS_END: usize = 65_536;

/// A connector in the making. Whatever is not set is honest.
#[derive(Debug)]
pub struct Guest {
    id: String,
    texts: Vec<u8>,
    /// Functions, globals, tables: further fields of the module.
    fields: String,
    start: String,
    describe: String,
    check: String,
    list: String,
    get: String,
}

impl Guest {
    /// That calls itself `id`.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            texts: Vec::new(),
            fields: String::new(),
            start: String::new(),
            describe: String::new(),
            check: String::new(),
            list: String::new(),
            get: String::new(),
        }
    }

    /// Puts a text into the memory: two instructions that leave its place and its length.
    pub fn text(&mut self, text: impl AsRef<[u8]>) -> String {
        let text = text.as_ref();
        let at = TEXTS + self.texts.len();
        assert!(at + text.len() <= TEXTS_END, "too many texts");
        self.texts.extend_from_slice(text);
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    /// Further fields of the module.
    #[must_use]
    pub fn with(mut self, fields: &str) -> Self {
        self.fields.push_str(fields);
        self
    }

    /// What runs as the instance is made.
    #[must_use]
    pub fn at_start(mut self, body: &str) -> Self {
        self.start.push_str(body);
        self
    }

    /// What runs before the manifest is given.
    #[must_use]
    pub fn in_describe(mut self, body: &str) -> Self {
        self.describe.push_str(body);
        self
    }

    /// What runs before the report is given.
    #[must_use]
    pub fn in_check(mut self, body: &str) -> Self {
        self.check.push_str(body);
        self
    }

    /// What runs before a page is given, whose result lies at 768.
    #[must_use]
    pub fn in_list(mut self, body: &str) -> Self {
        self.list.push_str(body);
        self
    }

    /// What runs before a ticket is given.
    #[must_use]
    pub fn in_get(mut self, body: &str) -> Self {
        self.get.push_str(body);
        self
    }

    /// The manifest: one place for the password, one for a session that a login hands out.
    fn manifest(&mut self) -> String {
        let id = self.id.clone();
        let mut words = Vec::new();
        let mut word = |guest: &mut Self, text: &str| {
            let place = TEXTS + guest.texts.len();
            guest.text(text);
            words.extend_from_slice(&u32::try_from(place).unwrap().to_le_bytes());
            words.extend_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
        };
        for text in [
            id.as_str(),
            "Hostile",
            "1.0.0",
            // A slot: method, path, place, secret.
            "POST",
            "/login",
            "/password",
            "password",
            "GET",
            "/mine",
            "X-Session",
            "session",
            // A capture: name, method, path, place.
            "session",
            "POST",
            "/login",
            "/session",
        ] {
            word(self, text);
        }
        let word = |n: usize| words.get(n * 8..n * 8 + 8).unwrap().to_vec();
        let number = |n: u32| n.to_le_bytes().to_vec();
        let list = |at: u32, len: u32| [number(at), number(len)].concat();
        // Systems and options: none. Two slots, at 1152; one capture, at 1280.
        let mut head = [word(0), word(1), word(2), list(0, 0), list(0, 0)].concat();
        head.extend([list(1152, 2), list(1280, 1)].concat());
        let mut slots = [word(3), word(4), number(3), word(5), word(6)].concat();
        slots.extend([word(7), word(8), number(1), word(9), word(10)].concat());
        let capture = [word(11), word(12), word(13), number(3), word(14)].concat();
        [(1024, head), (1152, slots), (1280, capture)]
            .iter()
            .map(|(at, bytes)| data(*at, bytes))
            .collect()
    }

    /// The module in text form.
    pub fn wat(mut self) -> String {
        let manifest = self.manifest();
        let texts = data(TEXTS, &self.texts);
        let settings = "(call $get-settings (i32.const 256))";
        let connector = "sgi:connector/connector@0.1.0#";
        let tickets = "sgi:connector/tickets@0.1.0#";
        let Self {
            fields,
            start,
            describe,
            check,
            list,
            get,
            ..
        } = self;
        format!(
            "(module\n{PRELUDE}\n{fields}\n{manifest}{texts}
  (func (export \"_initialize\") (local $i i32) (local $j i32) {start})
  (func (export \"{connector}describe\") (result i32) (local $i i32) (local $j i32)
    {describe} (i32.const 1024))
  (func (export \"{connector}check\") (result i32) (local $i i32) (local $j i32)
    {settings} {check} (memory.fill (i32.const 768) (i32.const 0) (i32.const 64)) (i32.const 768))
  (func (export \"{tickets}of-object\") (param $query i32) (result i32) (local $i i32) (local $j i32)
    {settings} (memory.fill (i32.const 768) (i32.const 0) (i32.const 64)) {list} (i32.const 768))
  (func (export \"{tickets}get\") (param $id i32) (param $id-len i32) (result i32) (local $i i32) (local $j i32)
    {settings} {get} (call $ticket))
  (func (export \"{tickets}forms\") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 768) (i32.const 0) (i32.const 64)) (i32.const 768))
)"
        )
    }

    /// The component.
    pub fn build(self) -> Vec<u8> {
        encoded(&self.wat(), "reader", str::to_owned)
    }
}

fn data(at: usize, bytes: &[u8]) -> String {
    let mut text = format!("(data (i32.const {at}) \"");
    for byte in bytes {
        let _ = write!(text, "\\{byte:02x}");
    }
    text.push_str("\")\n");
    text
}

/// A component of a world of the contract, whose files `edit` may change.
pub fn encoded(wat: &str, world: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let mut module = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let copy = Edited::of(&wit, &edit);
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(copy.path())
        .unwrap_or_else(|error| panic!("{error:#}"));
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap_or_else(|error| panic!("{error:#}"))
        .encode()
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// The contract's files, changed, in a folder that is removed again.
struct Edited(tempfile::TempDir);

impl Edited {
    fn of(wit: &Path, edit: &impl Fn(&str) -> String) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for below in ["", "deps"] {
            std::fs::create_dir_all(copy.path().join(below)).unwrap();
            for entry in std::fs::read_dir(wit.join(below)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|end| end == "wit") {
                    let text = edit(&std::fs::read_to_string(&path).unwrap());
                    let name = path.file_name().unwrap();
                    std::fs::write(copy.path().join(below).join(name), text).unwrap();
                }
            }
        }
        Self(copy)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}
