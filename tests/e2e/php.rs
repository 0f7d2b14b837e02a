//! PHP, by which CMDBs such as i-doit make their pages.

use crate::debian;
use std::path::Path;
use std::process::{Command, Output};

/// A page of the example in `host/service/examples/php`, which is told of the service by these variables. It must
/// come, whatever the service does: the program is ended after a minute, and then there is none.
pub fn php_page(object: &str, variables: &[(&str, &str)]) -> String {
    debian::install(&["php-cli", "php-curl"]);
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host/service/examples/php/index.php");
    // Errors and warnings stand in the page, as nobody wants them.
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("timeout")
        .args([
            "60",
            "php",
            "-d",
            "display_errors=1",
            "-d",
            "error_reporting=-1",
        ])
        .arg(example)
        .arg(object)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(variables.iter().copied())
        .output()
        .expect("php");
    let page = String::from_utf8(stdout).expect("UTF-8");
    let told = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{status}: {page}{told}");
    assert!(
        !page.contains("Warning:") && !page.contains("Notice:"),
        "{page}"
    );
    page
}
