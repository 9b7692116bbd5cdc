#!/usr/bin/env bash
# Opens and closes the library a hundred times: it stays mapped, memory does not grow.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
need gcc gcc

gcc -std=c99 -Wall -Wextra -Wpedantic -Werror -I "$repo/include" -pthread \
  -o "$work/reopen" "$here/reopen.c" -ldl
runs_silently "$work/reopen" "$build/libwebsocket.so.1"
cat "$work/out"

# The control: a library without NODELETE goes away, and the program notices.
echo 'int nothing;' | gcc -shared -fPIC -x c -o "$work/goes_away.so" -
must_fail "$work/reopen" "$work/goes_away.so"
grep -q 'is no longer mapped' "$work/out" ||
  fail "the control failed in another way: $(cat "$work/out")"
