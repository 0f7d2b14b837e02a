//! What every test double lets its tests see and do of the server below it.

/// For a type with the fields `server` and `web_path`.
macro_rules! served {
    ($double:ty) => {
        impl $double {
            /// The base address to give a client: with the web path, without a slash at its end.
            pub fn url(&self) -> String {
                format!("http://{}{}", self.addr(), self.web_path)
            }

            /// Where it listens.
            pub fn addr(&self) -> std::net::SocketAddr {
                self.server.addr()
            }

            /// The requests seen so far.
            pub fn requests(&self) -> Vec<$crate::http::Seen> {
                self.server.requests()
            }

            /// Forgets the requests seen.
            pub fn clear(&self) {
                self.server.clear();
            }

            /// The most requests that were being answered at the same time.
            pub fn busiest(&self) -> usize {
                self.server.busiest()
            }

            /// Sets the one fault for all requests, or none. Takes away all that were set before.
            pub fn set_fault(&self, fault: Option<$crate::http::Fault>) {
                self.server.set_fault(fault);
            }

            /// Adds a fault for some requests. Where several strike, the one added first wins.
            pub fn add_fault(&self, when: $crate::http::When, fault: $crate::http::Fault) {
                self.server.add_fault(when, fault);
            }
        }
    };
}
