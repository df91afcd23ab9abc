# shellcheck shell=bash
# Adds up what the tests said.

# test_total LOG...: "N passed, N failed", and ", N skipped" if any were, summed over cargo's "test result:" lines.
# Tests that return at once because of the server are counted as passed there, and have a line of their own.
# Fails if no test ran at all: a filter that matches nothing must not look like success.
test_total() {
  awk '
    /^test result: / {
      for (i = 2; i <= NF; i++) {
        if ($i == "passed;") passed += $(i - 1)
        if ($i == "failed;") failed += $(i - 1)
        if ($i == "ignored;") skipped += $(i - 1)
      }
    }
    /^server without TLS: [0-9]+ tests skipped$/ { passed -= $4; skipped += $4 }
    END {
      printf "%d passed, %d failed", passed, failed
      if (skipped) printf ", %d skipped", skipped
      print ""
      exit passed + failed == 0
    }
  ' "$@"
}
