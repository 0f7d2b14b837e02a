//! What bytes are that are not a component: the mistakes of a file name, a download, a build.

use super::MAX_COMPONENT;

const CORE: [u8; 4] = [1, 0, 0, 0];
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Why there is no point in parsing the bytes; none if they begin as a component.
pub(super) fn refuse(wasm: &[u8]) -> Option<String> {
    if wasm.is_empty() {
        return Some("the file is empty".to_owned());
    }
    if let Some(problem) = too_large(wasm) {
        return Some(problem);
    }
    let Some(version) = wasm.strip_prefix(b"\0asm") else {
        return Some(format!("this is not WebAssembly but {}", kind(wasm)));
    };
    let version = version.first_chunk::<4>();
    match version {
        Some(&COMPONENT) => None,
        Some(&CORE) => Some(
            "this is a core WebAssembly module, not a component: encode it with `wasm-tools \
             component new MODULE -o COMPONENT` (`cargo components` does so for the connectors of \
             this project)"
                .to_owned(),
        ),
        Some(other) => Some(format!(
            "this is WebAssembly of an unknown version (bytes 4 to 7 are {other:02x?}): build it \
             again with tools that encode components of version 0x1000d"
        )),
        None => Some(format!(
            "this is the beginning of a WebAssembly file, cut off after {} bytes",
            wasm.len()
        )),
    }
}

/// Why the bytes are too many; none if they are not.
pub(super) fn too_large(wasm: &[u8]) -> Option<String> {
    (wasm.len() > MAX_COMPONENT).then(|| {
        format!(
            "the file has {} MiB: a component may have {} MiB",
            wasm.len().div_ceil(1 << 20),
            MAX_COMPONENT >> 20
        )
    })
}

/// What bytes are, by how they begin.
fn kind(bytes: &[u8]) -> &'static str {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"\x7fELF", "a Linux program or library (ELF)"),
        (b"MZ", "a Windows program or library"),
        (b"\xcf\xfa\xed\xfe", "a macOS program or library"),
        (b"!<arch>", "a static library or a Debian package"),
        (b"PK\x03\x04", "a ZIP archive: unpack it first"),
        (b"\x1f\x8b", "compressed with gzip: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
        (b"BZh", "compressed with bzip2: unpack it first"),
        (b"\xfd7zXZ", "compressed with xz: unpack it first"),
    ];
    if b"\0asm".starts_with(bytes) {
        return "at most its beginning, cut off";
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return kind;
    }
    // A window is enough, and a character may be cut in two at its end.
    let window = bytes.get(..512).unwrap_or(bytes);
    let text = match str::from_utf8(window) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => window
            .get(..error.valid_up_to())
            .and_then(|w| str::from_utf8(w).ok())
            .unwrap_or(""),
        Err(_) => return "bytes of an unknown kind",
    };
    if text.contains('\0') {
        return "bytes of an unknown kind";
    }
    let text = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "an HTML page (a download that ended at a login or an error page?)"
    } else if text.starts_with('<') {
        "an XML or HTML text"
    } else if text.starts_with("(module") || text.starts_with("(component") {
        "its text form: `wasm-tools parse` makes it binary"
    } else if text.starts_with("version https://git-lfs") {
        "a pointer of Git LFS: fetch the file itself with `git lfs pull`"
    } else if text.starts_with("#!") {
        "a script"
    } else {
        "a text"
    }
}
