//! `include_dir` does not see a file that is added.

fn main() {
    for folder in [
        "../../wit",
        "../../plugins/guest",
        "../../plugins/templates",
    ] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
