# shellcheck shell=bash
# Makes sure that the testkit can start a Redis server. Needs say.sh.
#
# REDIS_SERVER_BIN  a server binary to use, instead of looking for one
# REDIS_IMAGE       the image to use with Docker
# TESTKIT_BACKEND   `process` never asks Docker; `container` asks nothing else

# Arguments for cargo that the choice calls for. Expand it as ${server_features[@]+"${server_features[@]}"}:
# bash before 4.4, as on macOS, calls an empty array unset.
server_features=()
# One more way out, for a script that has one.
server_way_out=""

# ensure_server: exports what the testkit reads, or stops with the ways out.
ensure_server() {
  local backend=${TESTKIT_BACKEND:-}
  case $backend in
    container)
      engine_answers || stop "TESTKIT_BACKEND=container, but no Docker engine answers (tried: docker version)."
      use_containers || stop "The Docker engine has no image $(image) and could not fetch it."
      return
      ;;
    process | "") ;;
    *) stop "TESTKIT_BACKEND is \"$backend\": it must be \"process\" or \"container\"." ;;
  esac

  if [[ -n ${REDIS_SERVER_BIN:-} ]]; then
    have "$REDIS_SERVER_BIN" || stop "REDIS_SERVER_BIN is \"$REDIS_SERVER_BIN\": there is no such program."
    # Cargo runs tests in their crate's folder.
    if [[ $REDIS_SERVER_BIN == */* && $REDIS_SERVER_BIN != /* ]]; then export REDIS_SERVER_BIN=$PWD/$REDIS_SERVER_BIN; fi
    say "Server: $REDIS_SERVER_BIN, from REDIS_SERVER_BIN."
    return
  fi
  if find_binary; then return; fi
  if [[ -z $backend ]] && engine_answers && use_containers; then return; fi
  if install_server && find_binary; then return; fi
  no_server
}

find_binary() {
  local name
  for name in redis-server valkey-server; do
    if have "$name"; then
      say "Server: $(command -v "$name")."
      return 0
    fi
  done
  return 1
}

image() { printf '%s' "${REDIS_IMAGE:-redis:8-alpine}"; }

engine_answers() {
  have docker || return 1
  # A DOCKER_HOST that swallows packets would hold us for minutes. macOS has no `timeout`.
  if have timeout; then timeout 20 docker version >/dev/null 2>&1; else docker version >/dev/null 2>&1; fi
}

use_containers() {
  if ! docker image inspect "$(image)" >/dev/null 2>&1; then
    say "Fetching the image $(image) for Docker."
    docker pull --quiet "$(image)" >&2 || return 1
  fi
  say "Server: containers of $(image)."
  export TESTKIT_BACKEND=container
  # shellcheck disable=SC2034 # the scripts that source this read it
  server_features=(--features redis-testkit/container)
}

# Installs a server with the package manager of this machine. Fails if there is none, or if it fails.
install_server() {
  local manager
  for manager in apt-get dnf apk brew; do
    if have "$manager"; then
      install_with "$manager"
      return
    fi
  done
  return 1
}

install_with() {
  case $1 in
    apt-get)
      announce "apt-get install redis-server" \
        "  (Where systemd runs, Debian also starts it as a service on port 6379, which nothing here uses;" \
        "  to end that: systemctl disable --now redis-server.)" || return 1
      as_root apt-get -qq update || say "apt-get update failed; trying with the lists that are here."
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends redis-server
      ;;
    dnf)
      announce "dnf install valkey (or redis)" || return 1
      as_root dnf -q -y install valkey || as_root dnf -q -y install redis
      ;;
    apk)
      announce "apk add redis (or valkey)" || return 1
      as_root apk add --quiet redis || as_root apk add --quiet valkey
      ;;
    brew)
      say "No Redis server was found on this machine. Installing one: brew install redis"
      brew install --quiet redis
      ;;
  esac >&2
}

# Says what will be installed. Fails if we may not.
announce() {
  local with=""
  if ((EUID != 0)); then
    have sudo || { say "No Redis server here, and no right to install one (not root, no sudo)."; return 1; }
    with="sudo "
  fi
  say "No Redis server was found on this machine. Installing one: $with$1"
  shift
  if (($#)); then say "$@"; fi
}

as_root() { if ((EUID == 0)); then "$@"; else sudo "$@"; fi; }

no_server() {
  stop "There is no Redis server here. Any one of these will do:" \
    "  - install redis-server or valkey-server (7.0 or later), so that it is on PATH" \
    "  - REDIS_SERVER_BIN=/path/to/redis-server $0" \
    "  - start a Docker engine" \
    ${server_way_out:+"$server_way_out"}
}
