//! axe, which finds what keeps people out of a page. It is fetched into `target/`, once.

use crate::debian;
use crate::run::{alone, run, tools};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest;
use std::process::Command;

const VERSION: &str = "4.14.1";
/// SHA-512 of the package, as the registry of npm tells it.
const INTEGRITY: &str =
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";

/// Its script. Debian's npm is installed where there is none.
pub(crate) fn script() -> String {
    let _alone = alone("axe");
    let home = tools().join(format!("axe-core-{VERSION}"));
    let script = home.join("axe.min.js");
    if let Ok(script) = std::fs::read_to_string(&script) {
        return script;
    }
    std::fs::create_dir_all(&home).expect("a writable folder");
    let package = format!("axe-core@{VERSION}");
    let fetch = || {
        let pack = ["pack", "--silent", &package];
        run(Command::new("npm").args(pack).current_dir(&home))
    };
    if fetch().is_err() {
        debian::install(&["npm"]);
        fetch().unwrap_or_else(|why| panic!("{why}"));
    }
    let archive = home.join(format!("axe-core-{VERSION}.tgz"));
    let bytes = std::fs::read(&archive).expect("what npm fetched");
    let found = BASE64_STANDARD.encode(digest::digest(&digest::SHA512, &bytes));
    assert_eq!(found, INTEGRITY, "{package} is another one");
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--gzip", "--strip-components=1", "--file"]);
    run(unpack
        .arg(&archive)
        .arg("package/axe.min.js")
        .current_dir(&home))
    .unwrap_or_else(|why| panic!("{why}"));
    std::fs::read_to_string(&script).expect("axe.min.js")
}
