//! The service.

// What goes wrong outside.
mod faults;
// What it does on a healthy server, and when the server refuses.
mod scenarios;
