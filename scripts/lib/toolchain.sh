# shellcheck shell=bash
# The one thing that nobody but you can choose: the Rust toolchain, with a linker. Needs say.sh.

# version_at_least HAVE WANT: compares MAJOR.MINOR.
version_at_least() {
  local major minor want_major want_minor rest
  IFS=. read -r major minor rest <<<"$1"
  IFS=. read -r want_major want_minor rest <<<"$2"
  ((major > want_major || (major == want_major && minor >= want_minor)))
}

# Stops unless cargo, a rustc that is new enough, and a linker are there. Run it at the root of the project.
ensure_toolchain() {
  local cargo_bin=${CARGO_HOME:-${HOME:-}/.cargo}/bin want have_version
  # Installed a minute ago, in a shell that has not been reopened.
  if ! have cargo && [[ -x $cargo_bin/cargo ]]; then PATH=$cargo_bin:$PATH; fi
  have cargo || stop \
    "cargo was not found: this project needs a Rust toolchain." \
    "  Install one from https://rustup.rs, open a new shell, and run this again."

  want=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
  [[ -n $want ]] || stop "Cargo.toml names no rust-version."
  have_version=$(rustc --version) || stop "rustc does not run: see the message above."
  have_version=${have_version#rustc }
  version_at_least "$have_version" "$want" || stop \
    "rustc ${have_version%% *} is too old: this project needs $want or later." \
    "  Update it, for example with: rustup update stable"

  have cc || compgen -v | grep -q '^CARGO_TARGET_.*_LINKER$' || stop \
    "cc was not found: Rust needs a C compiler to link programs." \
    "  Debian, Ubuntu: apt-get install build-essential" \
    "  Fedora:         dnf install gcc" \
    "  Alpine:         apk add build-base" \
    "  macOS:          xcode-select --install"
}
