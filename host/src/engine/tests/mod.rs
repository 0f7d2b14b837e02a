mod cache;
#[path = "../../../tests/connectors/log.rs"]
mod log;
mod memory;
mod secrecy;
