//! Scenarios, each run through both APIs against real servers.
