#!/usr/bin/env bash
# What the built library shows to the linker. Arguments: the shared library, cmake/exports.txt.
# Rows of docs/compatibility.md: *exported-names*, *so-name*.
set -euo pipefail
library=$1
list=$2

for tool in nm readelf; do
  if ! command -v "$tool" >/dev/null; then
    echo "exports: no $tool; install it with: apt-get install binutils" >&2
    exit 1
  fi
done

same() { # what, wanted, found
  if [ "$2" != "$3" ]; then
    echo "exports: $1 (< wanted, > found)" >&2
    diff <(echo "$2") <(echo "$3") >&2
    exit 1
  fi
}

has() { # what, pattern, text
  if ! grep -qE -- "$2" <<<"$3"; then
    echo "exports: $1: no match for $2 in:" >&2
    echo "$3" >&2
    exit 1
  fi
}

wanted=$(sed -n 's/^\([A-Za-z][A-Za-z0-9]*\) [0-9]*$/T \1@@WEBSOCKET_1.0/p' "$list" | LC_ALL=C sort)
if [ "$(wc -l <<<"$wanted")" -ne 17 ]; then
  echo "exports: $list does not have 13 names of Microsoft's and 4 of ours" >&2
  exit 1
fi
# The version itself is an absolute symbol.
wanted=$(printf 'A WEBSOCKET_1.0\n%s' "$wanted")
defined=$(nm -D --defined-only --with-symbol-versions "$library" | cut -d' ' -f2- | LC_ALL=C sort)
same "exported names" "$wanted" "$defined"

dynamic=$(readelf -dW "$library")
has "the SONAME" 'SONAME.*\[libwebsocket\.so\.1\]' "$dynamic"
# Thread-local destructors and the fork handler point into the code, so that it has to stay.
has "NODELETE" 'FLAGS_1.*NODELETE' "$dynamic"
if grep -qE 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic"; then
  echo "exports: text relocations or a search path:" >&2
  grep -E 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" >&2
  exit 1
fi

needed=$(sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' <<<"$dynamic" |
  grep -vE '^(libc\.so\.6|libm\.so\.6|libgcc_s\.so\.1|ld(64|-linux.*)\.so\.[0-9])$' || true)
same "libraries beyond libc, libm and libgcc_s" "" "$needed"

# Symbols without a version are the linker's own weak ones.
undefined=$(nm -D --undefined-only --with-symbol-versions "$library" | sed 's/^ *//' |
  grep -vE '^[Uw] [A-Za-z0-9_]+@(GLIBC|GCC)_[0-9.]+$' |
  grep -vE '^w (__gmon_start__|_ITM_(de)?registerTMCloneTable)$' || true)
same "symbols that none of them has" "" "$undefined"

has "a stack that is not executable" 'GNU_STACK.* RW ' "$(readelf -lW "$library")"
echo "$(grep -c ' T\|^T' <<<"$defined") functions, nothing else"
