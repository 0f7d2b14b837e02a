//! Embeds service-desk connectors in a CMDB. Stub.
mod error;
mod model;
mod settings;
pub use error::*;
pub use model::*;
pub use settings::*;
/// Stub.
pub struct Desk;
impl Desk {
    /// Stub.
    pub fn ticket(&self) {}
}
