//! Where a test has the process die: exactly there, and not a moment earlier or later.

/// Dies, where `SGI_DIE_AT` is `POINT:FILE` and that file is there. Programs that are built for use have none
/// of it.
pub(super) fn point(name: &str) {
    if !cfg!(debug_assertions) {
        return;
    }
    let Ok(wanted) = std::env::var("SGI_DIE_AT") else {
        return;
    };
    if let Some((point, file)) = wanted.split_once(':')
        && point == name
        && std::path::Path::new(file).exists()
    {
        std::process::abort();
    }
}
