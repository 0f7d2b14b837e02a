//! The test guest, which describes itself as it is told to.

use std::path::Path;

/// The sealed test guest that describes itself so.
pub fn guest(what: &str) -> Vec<u8> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests/sealed.wasm");
    let mut wasm = std::fs::read(built).expect("`cargo verify` builds it before the tests");
    let honest = format!("{:24}", "describe: honest");
    let mut windows = wasm.windows(honest.len());
    let at = windows
        .position(|window| window == honest.as_bytes())
        .expect("the words of the guest");
    let other = format!("{:24}", format!("describe: {what}"));
    let place = wasm.get_mut(at..at + other.len()).expect("within it");
    place.copy_from_slice(other.as_bytes());
    wasm
}
