//! Names of interfaces with their versions, and which versions stand in for each other.

/// `wasi:clocks/wall-clock@0.2.12`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InterfaceName<'a> {
    /// `wasi:clocks`
    pub(super) package: &'a str,
    /// `wall-clock`
    pub(super) interface: &'a str,
    /// `0.2.12`
    pub(super) version: Option<&'a str>,
}

impl<'a> InterfaceName<'a> {
    /// None for a name of another kind: a function of its own, a URL, a dependency.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (name, None),
        };
        let (package, interface) = path.split_once('/')?;
        let plain = !name.contains(['=', '<', '>']) && package.contains(':');
        plain.then_some(Self {
            package,
            interface,
            version,
        })
    }

    /// Whether the linker takes the version `ours` for this one.
    pub(super) fn is_compatible(&self, ours: &str) -> bool {
        self.version.is_some_and(|found| {
            found == ours || track(found).is_some_and(|t| track(ours) == Some(t))
        })
    }
}

/// The leading numbers that must be the same, as the engine's linker has it: up to the first that is
/// not zero. None if a version stands in for no other (`0.0.1`, `1.0.0-rc.1`).
fn track(version: &str) -> Option<(u64, u64)> {
    let version = version
        .split_once('+')
        .map_or(version, |(version, _)| version);
    let mut parts = version.splitn(3, '.').map(|part| part.parse::<u64>().ok());
    let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
    let _ = patch;
    match (major, minor) {
        (0, 0) => None,
        (0, minor) => Some((0, minor)),
        (major, _) => Some((major, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::InterfaceName;

    fn fits(found: &str, ours: &str) -> bool {
        let name = format!("wasi:io/poll@{found}");
        InterfaceName::parse(&name).unwrap().is_compatible(ours)
    }

    #[test]
    fn patch_versions_stand_in_for_each_other_and_others_do_not() {
        assert!(fits("0.2.0", "0.2.12"));
        assert!(fits("0.2.99+build", "0.2.12"));
        assert!(fits("1.4.0", "1.0.0"));
        assert!(fits("0.2.0-rc.1", "0.2.0-rc.1"));
        assert!(!fits("0.2.0-rc.1", "0.2.0"));
        assert!(!fits("0.3.0", "0.2.0"));
        assert!(!fits("0.0.1", "0.0.2"));
        assert!(!fits("0.2", "0.2.0"));
    }

    #[test]
    fn a_name_that_is_no_interface_is_told_apart() {
        assert!(InterfaceName::parse("run").is_none());
        assert!(InterfaceName::parse("a/b").is_none());
        assert!(InterfaceName::parse("url=<https://example.org/a>").is_none());
        assert!(InterfaceName::parse("locked-dep=<a:b/c@1.0.0>").is_none());
    }
}
