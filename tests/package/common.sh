# Used by every script here: where things are, and how to complain. Expects the build folder as the
# first argument of the script and gives it a folder of its own, $work, which goes away at its end.
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the scripts that read this one

name=$(basename "$0" .sh)
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)

fail() {
  echo "$name: $*" >&2
  exit 1
}

[ $# -ge 1 ] || fail "usage: $0 BUILD_DIR"
build=$(realpath "$1")
[ -f "$build/libwebsocket.so" ] ||
  fail "there is no $build/libwebsocket.so; build it with: cmake --build $1"

cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
version=$(cached CMAKE_PROJECT_VERSION)

# need COMMAND PACKAGE
need() {
  command -v "$1" >/dev/null || fail "there is no $1; install it with: apt-get install $2"
}

work=$(mktemp -d)
clean=(rm -rf "$work")
trap '"${clean[@]}"' EXIT

# A program that ends well, and whose standard error stays empty.
runs_silently() {
  "$@" >"$work/out" 2>"$work/err" || {
    cat "$work/out" "$work/err" >&2
    fail "this failed: $*"
  }
  [ ! -s "$work/err" ] || {
    cat "$work/err" >&2
    fail "this printed a warning: $*"
  }
}

# A control: a program that has to fail, or the check beside it proves nothing.
must_fail() {
  if "$@" >"$work/out" 2>&1; then
    fail "this should have failed: $*"
  fi
}

# Which libraries a program asks the loader for.
needed_by() { LC_ALL=C readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

# make_packages FOLDER: what `cpack` makes of the build folder. With that date in
# the environment it gives the same octets each time.
make_packages() {
  SOURCE_DATE_EPOCH=1767614400 cpack --config "$build/CPackConfig.cmake" -B "$1" \
    >"$work/cpack" 2>&1 || {
    cat "$work/cpack" >&2
    fail "cpack failed"
  }
  rm -r "$1/_CPack_Packages"
}

is_shared() {
  needed_by "$1" | grep -qx 'libwebsocket\.so\.1' || fail "$1 does not use the shared library"
}
is_static() {
  if needed_by "$1" | grep -q websocket; then
    fail "$1 uses the shared library"
  fi
}
