# shellcheck shell=bash
# Plain words on stderr, so that stdout stays with the program that was asked for.

# say LINE...
say() { printf '%s\n' "$@" >&2; }

# stop LINE...
stop() {
  say "$@"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }
