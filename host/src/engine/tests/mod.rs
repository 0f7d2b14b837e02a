mod cache;
mod log;
mod memory;
mod secrecy;
