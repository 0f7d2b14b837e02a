//! Which addresses a desk's name may lead to.
//!
//! Each new connection resolves the name, judges every address that comes back, and dials only
//! those: a name cannot lead into the host's own network unless the desk's settings say so.

use super::origin::Origin;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prohibited {
    /// Link-local, a cloud's metadata service, multicast …: never.
    Always,
    /// Private or loopback, and not named in the settings.
    Unnamed,
}

/// Judges one address.
pub(crate) fn judge(address: IpAddr, origin: &Origin, allowed: &[IpNet]) -> Result<(), Prohibited> {
    let address = unwrapped(address);
    if never(address) {
        return Err(Prohibited::Always);
    }
    if !internal(address)
        || origin.names(address)
        || allowed.iter().any(|network| network.contains(&address))
    {
        Ok(())
    } else {
        Err(Prohibited::Unnamed)
    }
}

/// An IPv4 address in one of its IPv6 disguises is judged as the IPv4 address.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match [a, b, c, d, e, f] {
        // Mapped (RFC 4291), and the deprecated compatible form.
        [0, 0, 0, 0, 0, 0xffff] => v4(g, h),
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        // Translated (RFC 2765).
        [0, 0, 0, 0, 0xffff, 0] => v4(g, h),
        // NAT64 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => v4(high, low),
        _ => address,
    }
}

fn never(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            a == 0
                || v4.is_link_local()
                || v4.is_multicast()
                || a >= 240
                // Alibaba's and Oracle's metadata services lie outside the link-local range.
                || [a, b, c, d] == [100, 100, 100, 200]
                || [a, b, c, d] == [192, 0, 0, 192]
        }
        IpAddr::V6(v6) => {
            v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unicast_link_local()
                || (v6.segments().first().copied().unwrap_or(0) & 0xffc0) == 0xfec0
                // Teredo, whose addresses hide an IPv4 address; what is to be discarded; routers' own.
                || matches!(
                    v6.segments(),
                    [0x2001, 0, ..] | [0x2001, 2, 0, ..] | [0x100, 0, 0, 0, ..] | [0x5f00, ..]
                )
                // AWS's metadata service.
                || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

fn internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                // Carrier-grade NAT (RFC 6598) and benchmarking (RFC 2544).
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                // Behind DS-Lite and its like (RFC 6890).
                || v4.octets().starts_with(&[192, 0, 0])
        }
        // NAT64 of a network's own (RFC 8215), which leads wherever that network likes.
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unique_local()
                || matches!(v6.segments(), [0x64, 0xff9b, 1, ..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str, url: &str, allowed: &[&str]) -> Result<(), Prohibited> {
        let allowed: Vec<IpNet> = allowed.iter().map(|n| n.parse().unwrap()).collect();
        judge(
            address.parse().unwrap(),
            &Origin::parse(url).unwrap(),
            &allowed,
        )
    }

    #[test]
    fn public_addresses_are_dialled() {
        for address in ["93.184.215.14", "2606:2800:21f:cb07::1"] {
            assert_eq!(judged(address, "https://desk.example", &[]), Ok(()));
        }
    }

    #[test]
    fn a_name_does_not_lead_into_a_private_network() {
        for address in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "::1",
            "fd12::1",
            "100.64.0.1",
            "192.0.0.1",
            "::ffff:0:10.1.2.3",
            "64:ff9b:1::a01:203",
        ] {
            assert_eq!(
                judged(address, "https://desk.example", &[]),
                Err(Prohibited::Unnamed),
                "{address}"
            );
        }
    }

    #[test]
    fn the_settings_can_name_a_private_address() {
        assert_eq!(judged("127.0.0.1", "http://127.0.0.1:8081", &[]), Ok(()));
        assert_eq!(judged("::1", "http://localhost:8081", &[]), Ok(()));
        assert_eq!(
            judged("10.1.2.3", "https://desk.example", &["10.1.0.0/16"]),
            Ok(())
        );
        assert_eq!(
            judged("10.2.2.3", "https://desk.example", &["10.1.0.0/16"]),
            Err(Prohibited::Unnamed)
        );
        assert_eq!(
            judged("127.0.0.2", "http://127.0.0.1:8081", &[]),
            Err(Prohibited::Unnamed)
        );
    }

    #[test]
    fn link_local_and_metadata_addresses_are_never_dialled_however_they_are_spelled() {
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:0:169.254.169.254",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "100::1",
            "100.100.100.200",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert_eq!(
                judged(
                    address,
                    &format!(
                        "http://{}",
                        if address.contains(':') {
                            format!("[{address}]")
                        } else {
                            address.to_owned()
                        }
                    ),
                    &["0.0.0.0/0", "::/0"]
                ),
                Err(Prohibited::Always),
                "{address}"
            );
        }
    }

    #[test]
    fn mapped_ipv6_spellings_are_judged_as_the_ipv4_address() {
        for address in [
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
        ] {
            assert_eq!(
                judged(address, "https://desk.example", &[]),
                Err(Prohibited::Unnamed),
                "{address}"
            );
        }
    }
}
