//! Private Redis servers for tests, examples and benchmarks.
