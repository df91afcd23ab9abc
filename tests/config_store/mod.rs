//! The configuration store.

// What goes wrong outside.
mod faults;
// What it does on a healthy server.
mod scenarios;
