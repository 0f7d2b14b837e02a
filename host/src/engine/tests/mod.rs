mod memory;
mod secrecy;
