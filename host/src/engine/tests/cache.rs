//! Compiled code that anybody may have touched is compiled anew, and never loaded.

use crate::engine::cache::{CodeCache, authenticate, compatibility, file_name};
use crate::engine::{config, tests::log::Log};
use crate::files::tests::pipe;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wasmtime::{Config, Engine, OptLevel};

/// An empty component: its code is as good as any.
const WASM: &[u8] = b"\0asm\x0d\0\x01\0";
const DIGEST: [u8; 32] = [7; 32];

fn engine() -> Engine {
    Engine::new(&config(false)).unwrap()
}

/// A cache with the code of one component.
struct Kept {
    folder: TempDir,
    engine: Engine,
    code: Vec<u8>,
}

impl Kept {
    fn new() -> Self {
        let engine = engine();
        let code = engine.precompile_component(WASM).unwrap();
        let kept = Self {
            folder: tempfile::tempdir().unwrap(),
            engine,
            code,
        };
        kept.open().store(&kept.engine, &DIGEST, &kept.code);
        assert!(kept.loads(), "it is kept, and found");
        kept
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn key(&self) -> PathBuf {
        self.state().join("code-cache.key")
    }

    fn file(&self) -> PathBuf {
        self.cache().join(file_name(&self.engine, &DIGEST))
    }

    fn open(&self) -> CodeCache {
        CodeCache::open(Some(&self.state()), Some(&self.cache()), &self.engine)
    }

    fn loads(&self) -> bool {
        self.open().load(&self.engine, &DIGEST).is_some()
    }

    /// It is not loaded, and the log says why.
    #[track_caller]
    fn refused(&self, why: &str) {
        let (log, _guard) = Log::start();
        assert!(!self.loads(), "{why}");
        assert!(log.text().contains(why), "no {why:?} in {}", log.text());
    }

    /// After a refusal the code is compiled and kept again.
    #[track_caller]
    fn recovers(&self) {
        self.open().store(&self.engine, &DIGEST, &self.code);
        assert!(self.loads());
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const TAMPERED: &str =
    "compiled code was kept by another state_dir, is damaged or was tampered with: compiling anew";
const NOT_KEPT: &str = "compiled connectors are not kept: each start compiles them anew";

#[test]
fn folders_key_and_code_are_closed_to_others() {
    let kept = Kept::new();
    assert_eq!(mode(&kept.state()), 0o700);
    assert_eq!(mode(&kept.cache()), 0o700);
    assert_eq!(mode(&kept.key()), 0o600);
    assert_eq!(mode(&kept.file()), 0o600);
    assert!(!kept.key().starts_with(kept.cache()));
}

#[test]
fn a_byte_that_was_changed_anywhere_is_noticed() {
    let kept = Kept::new();
    let sound = fs::read(kept.file()).unwrap();
    // The hash, the beginning of the code, and places all over it.
    let step = (sound.len() / 60).max(1);
    let places = (0..64)
        .chain((64..sound.len()).step_by(step))
        .chain([sound.len() - 1]);
    let (log, _guard) = Log::start();
    let cache = kept.open();
    let mut count = 0;
    for at in places {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs::write(kept.file(), bytes).unwrap();
        assert!(cache.load(&kept.engine, &DIGEST).is_none(), "byte {at}");
        count += 1;
    }
    assert_eq!(log.text().matches(TAMPERED).count(), count);
    kept.recovers();
}

#[test]
fn a_file_that_is_cut_off_or_longer_is_noticed() {
    let kept = Kept::new();
    let sound = fs::read(kept.file()).unwrap();
    for length in [0, 1, 31, 32, 33, sound.len() / 2, sound.len() - 1] {
        fs::write(kept.file(), &sound[..length]).unwrap();
        kept.refused(TAMPERED);
    }
    fs::write(kept.file(), [&sound[..], b"\0"].concat()).unwrap();
    kept.refused(TAMPERED);
    kept.recovers();
}

#[test]
fn code_under_another_key_is_not_taken() {
    let kept = Kept::new();
    fs::remove_file(kept.key()).unwrap();
    kept.refused(TAMPERED);
    assert_eq!(mode(&kept.key()), 0o600, "a new one was made");
    kept.recovers();
}

#[test]
fn code_of_another_component_is_not_taken() {
    let kept = Kept::new();
    let other = [8; 32];
    fs::rename(
        kept.file(),
        kept.cache().join(file_name(&kept.engine, &other)),
    )
    .unwrap();
    let (log, _guard) = Log::start();
    assert!(kept.open().load(&kept.engine, &other).is_none());
    assert!(log.text().contains(TAMPERED), "{}", log.text());
}

#[test]
fn code_of_another_engine_is_not_taken() {
    let kept = Kept::new();
    let mut config: Config = config(false);
    config.cranelift_opt_level(OptLevel::None);
    let other = Engine::new(&config).unwrap();
    assert_ne!(compatibility(&other), compatibility(&kept.engine));
    assert!(kept.open().load(&other, &DIGEST).is_none(), "another name");
    // And where somebody gives it that name, another hash.
    fs::rename(kept.file(), kept.cache().join(file_name(&other, &DIGEST))).unwrap();
    let (log, _guard) = Log::start();
    assert!(kept.open().load(&other, &DIGEST).is_none());
    assert!(log.text().contains(TAMPERED), "{}", log.text());
}

#[test]
fn the_hash_is_over_component_engine_and_code() {
    let kept = Kept::new();
    let hash = |key: u8, digest: u8, code: &[u8]| {
        authenticate(&[key; 32], &kept.engine, &[digest; 32], code)
    };
    let one = hash(1, 1, b"code");
    assert_eq!(one, hash(1, 1, b"code"));
    assert_ne!(one, hash(2, 1, b"code"));
    assert_ne!(one, hash(1, 2, b"code"));
    assert_ne!(one, hash(1, 1, b"Code"));
}

#[test]
fn a_key_that_is_damaged_or_open_to_others_is_replaced() {
    let kept = Kept::new();
    let damages: [&dyn Fn(&Path); 6] = [
        &|key| set_mode(key, 0o640),
        &|key| set_mode(key, 0o604),
        &|key| fs::write(key, [1; 31]).unwrap(),
        &|key| fs::write(key, [1; 33]).unwrap(),
        &|key| fs::write(key, "").unwrap(),
        &|key| {
            fs::remove_file(key).unwrap();
            pipe(key);
        },
    ];
    for damage in damages {
        let before = fs::read(kept.key()).unwrap();
        damage(&kept.key());
        kept.refused(
            "the key of the compiled code is damaged or open to others: a new one is made",
        );
        assert_eq!(mode(&kept.key()), 0o600);
        let after = fs::read(kept.key()).unwrap();
        assert!(after.len() == 32 && after != before);
        // And that was all: the code is compiled once, and found again.
        kept.recovers();
    }
    assert!(kept.open().problem().is_none());
}

#[test]
fn a_folder_that_is_open_to_others_is_not_used() {
    let kept = Kept::new();
    for (folder, wrong) in [
        (kept.state(), [0o720, 0o702, 0o777]),
        (kept.cache(), [0o755, 0o701, 0o770]),
    ] {
        for wrong in wrong {
            set_mode(&folder, wrong);
            kept.refused("closed to others");
        }
        set_mode(&folder, 0o700);
        assert!(kept.loads());
    }
}

#[test]
fn what_belongs_to_somebody_else_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let nobody = Some(65_534);
    let kept = Kept::new();
    std::os::unix::fs::chown(kept.key(), nobody, nobody).unwrap();
    kept.refused("a new one is made");
    kept.recovers();
    for path in [kept.cache(), kept.state()] {
        std::os::unix::fs::chown(&path, nobody, nobody).unwrap();
        kept.refused(NOT_KEPT);
        std::os::unix::fs::chown(&path, Some(0), Some(0)).unwrap();
        assert!(kept.loads());
    }
}

#[test]
fn links_lead_to_nothing_that_is_trusted() {
    // A key, a folder or a file may be a link: what counts is what it leads to, and whose that is.
    let kept = Kept::new();
    let moved = kept.folder.path().join("moved");
    fs::rename(kept.file(), &moved).unwrap();
    let mut bytes = fs::read(&moved).unwrap();
    symlink(&moved, kept.file()).unwrap();
    assert!(kept.loads());
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&moved, bytes).unwrap();
    kept.refused(TAMPERED);
    // Keeping code anew replaces the link and leaves alone what it led to.
    let before = fs::read(&moved).unwrap();
    kept.recovers();
    assert!(!fs::symlink_metadata(kept.file()).unwrap().is_symlink());
    assert_eq!(fs::read(&moved).unwrap(), before);
    // A link that leads nowhere, and one that leads to the open.
    fs::remove_file(kept.file()).unwrap();
    symlink("/nowhere/at/all", kept.file()).unwrap();
    assert!(!kept.loads());
    let open = kept.folder.path().join("open");
    fs::create_dir(&open).unwrap();
    set_mode(&open, 0o777);
    fs::remove_dir_all(kept.cache()).unwrap();
    symlink(&open, kept.cache()).unwrap();
    kept.refused(NOT_KEPT);
}

#[test]
fn something_else_in_place_of_the_file_is_no_failure() {
    let kept = Kept::new();
    fs::remove_file(kept.file()).unwrap();
    fs::create_dir(kept.file()).unwrap();
    kept.refused("compiled code cannot be read");
    fs::remove_dir(kept.file()).unwrap();
    pipe(&kept.file());
    kept.refused("it is a pipe and not a regular file");
    kept.recovers();
    fs::remove_file(kept.file()).unwrap();
    fs::create_dir(kept.file()).unwrap();
    let (log, _guard) = Log::start();
    kept.open().store(&kept.engine, &DIGEST, &kept.code);
    assert!(
        log.text().contains("compiled code cannot be kept"),
        "{}",
        log.text()
    );
    let left: Vec<_> = fs::read_dir(kept.cache()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing half-written stays: {left:?}");
}

#[test]
fn without_a_folder_code_lives_in_memory_only() {
    let kept = Kept::new();
    let file = kept.folder.path().join("file");
    fs::write(&file, "").unwrap();
    for (state, cache) in [
        (file.clone(), kept.cache()),
        (kept.state(), file.join("below")),
    ] {
        let (log, _guard) = Log::start();
        let opened = CodeCache::open(Some(&state), Some(&cache), &kept.engine);
        opened.store(&kept.engine, &DIGEST, &kept.code);
        assert!(opened.load(&kept.engine, &DIGEST).is_none());
        let problem = opened.problem().unwrap();
        assert!(problem.starts_with(NOT_KEPT), "{problem}");
        assert!(log.text().contains(NOT_KEPT), "{}", log.text());
    }
}

#[test]
fn several_may_begin_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (state, cache) = (folder.path().join("state"), folder.path().join("cache"));
    let engine = engine();
    let code = engine.precompile_component(WASM).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let opened = CodeCache::open(Some(&state), Some(&cache), &engine);
                    opened.store(&engine, &DIGEST, &code);
                    assert!(opened.load(&engine, &DIGEST).is_some());
                }
            });
        }
    });
    let names = |path: &Path| fs::read_dir(path).unwrap().count();
    assert_eq!(
        (names(&state), names(&cache)),
        (1, 1),
        "nothing half-written stays"
    );
}
