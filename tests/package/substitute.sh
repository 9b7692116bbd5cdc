#!/usr/bin/env bash
# A program linked to another libwebsocket.so.1, whose functions all fail, runs on ours without
# being linked anew, and the loader prints nothing.
# Row of docs/compatibility.md: *substitutes-silently*.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
need gcc gcc
need readelf binutils

exports=$(sed -n 's/^\([A-Za-z][A-Za-z0-9]*\) .*/\1/p' "$repo/cmake/exports.txt")

# make_other FOLDER LINK_OPTION...
make_other() {
  mkdir "$1"
  # Every function says E_FAIL and leaves its outputs alone.
  for function in $exports; do
    echo "unsigned $function(void);"
    echo "unsigned $function(void) { return 0x80004005u; }"
  done >"$work/other.c"
  gcc -shared -fPIC -Wl,-soname,libwebsocket.so.1 -o "$1/libwebsocket.so.1" "$work/other.c" "${@:2}"
  ln -s libwebsocket.so.1 "$1/libwebsocket.so"
  gcc -I "$repo/include" -o "$1/loopback" "$repo/examples/loopback.c" -L"$1" -lwebsocket
}

# Alone the program fails by the other library; with ours it runs.
substitute() {
  local other=$1
  is_shared "$other/loopback"
  must_fail env LD_LIBRARY_PATH="$other" "$other/loopback"
  grep -q '^create client failed: 0x80004005$' "$work/out" ||
    fail "the program failed, but not by the other library: $(cat "$work/out")"
  LD_LIBRARY_PATH=$build:$other runs_silently "$other/loopback"
  LD_LIBRARY_PATH=$other LD_PRELOAD=$build/libwebsocket.so.1 runs_silently "$other/loopback"
  # Bound at the start, with every symbol looked for.
  LD_BIND_NOW=1 LD_LIBRARY_PATH=$build runs_silently "$other/loopback"
}

printf 'WEBSOCKET_1.0 { global: *; };\n' >"$work/other.map"
make_other "$work/versioned" "-Wl,--version-script=$work/other.map"
make_other "$work/unversioned"
LC_ALL=C readelf -VW "$work/versioned/loopback" | grep -q 'Name: WEBSOCKET_1.0 ' ||
  fail "the program does not ask for the version"
if LC_ALL=C readelf -VW "$work/unversioned/loopback" | grep -q WEBSOCKET_; then
  fail "the program without versions asks for one"
fi
substitute "$work/versioned"
substitute "$work/unversioned"

# The control for the loader's silence: it does print where a version is missing.
LD_LIBRARY_PATH=$work/unversioned "$work/versioned/loopback" >/dev/null 2>"$work/err" || true
grep -q 'no version information available' "$work/err" || fail "the loader does not warn"
echo "by LD_LIBRARY_PATH and LD_PRELOAD, linked with versions and without"
