//! Tries what is behind the rest of WASI.

use sgi_guest::types::Field;

/// The parts of WASI that it tries; not all that they have.
#[allow(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "generated code"
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        world: "test:guest/tries",
        inline: r#"
            package test:guest;

            world tries {
                import wasi:cli/environment@0.2.12;
                import wasi:cli/stdin@0.2.12;
                import wasi:cli/stdout@0.2.12;
                import wasi:cli/stderr@0.2.12;
                import wasi:cli/terminal-stdout@0.2.12;
                import wasi:filesystem/preopens@0.2.12;
                import wasi:random/random@0.2.12;
                import wasi:sockets/instance-network@0.2.12;
                import wasi:sockets/ip-name-lookup@0.2.12;
                import wasi:sockets/tcp-create-socket@0.2.12;
                import wasi:sockets/udp-create-socket@0.2.12;
            }

            package wasi:cli@0.2.12 {
                interface environment {
                    get-environment: func() -> list<tuple<string, string>>;
                    get-arguments: func() -> list<string>;
                    initial-cwd: func() -> option<string>;
                }
                interface stdin {
                    use wasi:io/streams@0.2.12.{input-stream};
                    get-stdin: func() -> input-stream;
                }
                interface stdout {
                    use wasi:io/streams@0.2.12.{output-stream};
                    get-stdout: func() -> output-stream;
                }
                interface stderr {
                    use wasi:io/streams@0.2.12.{output-stream};
                    get-stderr: func() -> output-stream;
                }
                interface terminal-output {
                    resource terminal-output;
                }
                interface terminal-stdout {
                    use terminal-output.{terminal-output};
                    get-terminal-stdout: func() -> option<terminal-output>;
                }
            }

            package wasi:filesystem@0.2.12 {
                interface types {
                    resource descriptor;
                }
                interface preopens {
                    use types.{descriptor};
                    get-directories: func() -> list<tuple<descriptor, string>>;
                }
            }

            package wasi:random@0.2.12 {
                interface random {
                    get-random-bytes: func(len: u64) -> list<u8>;
                }
            }

            package wasi:sockets@0.2.12 {
                interface network {
                    resource network;
                    enum error-code {
                        unknown, access-denied, not-supported, invalid-argument, out-of-memory,
                        timeout, concurrency-conflict, not-in-progress, would-block, invalid-state,
                        new-socket-limit, address-not-bindable, address-in-use, remote-unreachable,
                        connection-refused, connection-reset, connection-aborted,
                        datagram-too-large, name-unresolvable, temporary-resolver-failure,
                        permanent-resolver-failure,
                    }
                    enum ip-address-family { ipv4, ipv6 }
                }
                interface instance-network {
                    use network.{network};
                    instance-network: func() -> network;
                }
                interface ip-name-lookup {
                    use network.{network, error-code};
                    resource resolve-address-stream;
                    resolve-addresses: func(network: borrow<network>, name: string)
                        -> result<resolve-address-stream, error-code>;
                }
                interface tcp {
                    resource tcp-socket;
                }
                interface tcp-create-socket {
                    use network.{error-code, ip-address-family};
                    use tcp.{tcp-socket};
                    create-tcp-socket: func(address-family: ip-address-family)
                        -> result<tcp-socket, error-code>;
                }
                interface udp {
                    resource udp-socket;
                }
                interface udp-create-socket {
                    use network.{error-code, ip-address-family};
                    use udp.{udp-socket};
                    create-udp-socket: func(address-family: ip-address-family)
                        -> result<udp-socket, error-code>;
                }
            }
        "#,
    });
}

use bindings::wasi;
use wasi::cli::{environment, stderr, stdin, stdout, terminal_stdout};
use wasi::sockets::network::IpAddressFamily;
use wasi::sockets::{instance_network, ip_name_lookup, tcp_create_socket, udp_create_socket};

/// What it tried, and what came of it.
pub(crate) fn tried() -> Vec<Field> {
    let network = instance_network::instance_network();
    let out = stdout::get_stdout();
    let printed = out
        .blocking_write_and_flush(b"Hello\x1b[31m\nto every")
        .is_ok()
        && out.blocking_write_and_flush(b"body\n").is_ok()
        && stderr::get_stderr()
            .blocking_write_and_flush(b"unfinished")
            .is_ok();
    [
        (
            "environment",
            format!("{:?}", environment::get_environment()),
        ),
        ("arguments", format!("{:?}", environment::get_arguments())),
        ("folder", format!("{:?}", environment::initial_cwd())),
        (
            "files",
            wasi::filesystem::preopens::get_directories()
                .len()
                .to_string(),
        ),
        (
            "input",
            match stdin::get_stdin().blocking_read(1) {
                Ok(bytes) => format!("{bytes:?}"),
                Err(_) => "closed".to_owned(),
            },
        ),
        (
            "terminal",
            format!("{:?}", terminal_stdout::get_terminal_stdout().is_some()),
        ),
        (
            "name",
            match ip_name_lookup::resolve_addresses(&network, "localhost") {
                Ok(_) => "found".to_owned(),
                Err(error) => error.name().to_owned(),
            },
        ),
        (
            "tcp",
            match tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4) {
                Ok(_) => "made".to_owned(),
                Err(error) => error.name().to_owned(),
            },
        ),
        (
            "udp",
            match udp_create_socket::create_udp_socket(IpAddressFamily::Ipv4) {
                Ok(_) => "made".to_owned(),
                Err(error) => error.name().to_owned(),
            },
        ),
        (
            "random",
            wasi::random::random::get_random_bytes(8).len().to_string(),
        ),
        ("printed", printed.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| Field {
        name: name.to_owned(),
        values: vec![value],
    })
    .collect()
}
