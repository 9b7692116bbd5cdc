#!/usr/bin/env bash
# The library as it is built: a second build does nothing, the stripped file is small, and what it
# shows is the list of exports, stripped or not.
# Row of docs/compatibility.md: *small-files*.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
need cmake cmake
need strip binutils

largest=$((550 * 1024))
library=$build/libwebsocket.so.$version

times() { stat -c '%n %y' "$library" "$build/rust/libwebsocket.a" "$build/examples/loopback"; }

# The first may have something to do.
cmake --build "$build" >"$work/first" 2>&1 || {
  cat "$work/first" >&2
  fail "the build failed"
}
before=$(times)
cmake --build "$build" >"$work/second" 2>&1
after=$(times)
if [ "$before" != "$after" ] || grep -E 'Linking|Building' "$work/second"; then
  diff <(echo "$before") <(echo "$after") >&2 || true
  fail "the second build was not idle"
fi

"$repo/tests-c/exports.sh" "$library" "$repo/cmake/exports.txt"
strip -o "$work/stripped.so" "$library"
size=$(stat -c %s "$work/stripped.so")
[ "$size" -le "$largest" ] || fail "stripped, the library has $size octets; $largest are allowed"
"$repo/tests-c/exports.sh" "$work/stripped.so" "$repo/cmake/exports.txt"
echo "the stripped library has $size octets of at most $largest"
