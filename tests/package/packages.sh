#!/usr/bin/env bash
# The Debian packages: three, the same octets each time, without errors for lintian, with the
# dependencies, the symbols and the copyright that belong to what is in them.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
need cargo cargo
need cpack cmake
need dpkg-deb dpkg
need dpkg-gensymbols dpkg-dev
need dpkg-shlibdeps dpkg-dev
need file file
need gcc gcc
need lintian lintian
need objcopy binutils

arch=$(dpkg --print-architecture)
packages=$work/packages
runtime=$packages/libwebsocket1_$version-1_$arch.deb
development=$packages/libwebsocket-dev_$version-1_$arch.deb
symbols=$packages/libwebsocket1-dbgsym_$version-1_$arch.deb

field() { dpkg-deb --field "$1" "$2"; }

check_names() {
  local found wanted
  wanted=$(printf '%s\n' "$runtime" "$development" "$symbols" | LC_ALL=C sort)
  found=$(find "$packages" -mindepth 1 | LC_ALL=C sort)
  diff <(echo "$wanted") <(echo "$found") >&2 || fail "other packages than wanted (<), found (>)"
}

check_again() {
  local package
  make_packages "$work/again"
  for package in "$packages"/*.deb; do
    cmp "$package" "$work/again/${package##*/}" || fail "a second run gives other octets"
  done
}

# Its warnings are worth seeing. That a package closes no bug report is so outside Debian; cpack
# always writes the calls of ldconfig.
check_lintian() {
  lintian --allow-root --fail-on error "$packages"/*.deb || fail "lintian found errors"
}

check_dependencies() {
  local depends package
  depends=$(field "$runtime" Depends)
  for package in libc6 libgcc-s1; do
    grep -qE "(^|, )$package \(>= [0-9.]+\)" <<<"$depends" ||
      fail "libwebsocket1 does not depend on $package, but on: $depends"
  done
  for package in "$development" "$symbols"; do
    depends=$(field "$package" Depends)
    [ "$depends" = "libwebsocket1 (= $version-1)" ] || fail "$package depends on: $depends"
  done
}

# dpkg-gensymbols compares the library with its list and fails on any difference.
check_symbols() {
  mkdir -p "$work/source/debian"
  cp "$work/control/symbols" "$work/source/debian/libwebsocket1.symbols"
  cat >"$work/source/debian/control" <<CONTROL
Source: websocket
Maintainer: $(field "$runtime" Maintainer)

Package: libwebsocket1
Architecture: any
Description: for dpkg-gensymbols
CONTROL
  (cd "$work/source" && runs_silently dpkg-gensymbols -c4 -plibwebsocket1 -v"$version-1" \
    -P"$work/tree" -Idebian/libwebsocket1.symbols -O/dev/null)
  grep -q 'libwebsocket\.so\.1' "$work/control/symbols" || fail "the list of symbols is empty"
  [ "$(cat "$work/control/triggers")" = "activate-noawait ldconfig" ] ||
    fail "no trigger for ldconfig"
}

# What a package of a program that uses the library will depend on.
check_shlibdeps() {
  local found
  mkdir -p "$work/user/debian"
  printf 'Source: user\n\nPackage: user\nArchitecture: any\n' >"$work/user/debian/control"
  gcc -I "$repo/include" -o "$work/user/loopback" "$repo/examples/loopback.c" \
    -L"$build" -lwebsocket
  mkdir "$work/tree/DEBIAN"
  cp "$work"/control/{symbols,shlibs} "$work/tree/DEBIAN"
  found=$(cd "$work/user" && dpkg-shlibdeps -O -S"$work/tree" loopback 2>"$work/err") || {
    cat "$work/err" >&2
    fail "dpkg-shlibdeps failed"
  }
  grep -q "libwebsocket1 (>= $version)" <<<"$found" || fail "a program would depend on: $found"
}

# The libraries contain these crates, so that the copyright has to name them.
check_copyright() {
  local crate licence count=0
  while read -r crate _ licence; do
    grep -qw -- "$crate" "$work/tree/usr/share/doc/libwebsocket1/copyright" ||
      fail "the crate $crate is not named in cmake/debian/copyright.in"
    [[ $licence == *Apache-2.0* || $licence == Zlib ]] || fail "the crate $crate has the licence $licence"
    count=$((count + 1))
  done < <(cd "$repo" && cargo tree --locked --edges normal --prefix none \
    --no-dedupe --format '{p} {l}' | grep -v '^websocket-component ' | sort -u)
  [ "$count" -gt 0 ] || fail "cargo tree names no crate"
}

# Symbols and library belong together, and the symbols lead back to the source.
check_debug() {
  local library id debug address
  library=$(find "$work/tree" -name "libwebsocket.so.$version")
  dpkg-deb --extract "$symbols" "$work/debug"
  id=$(LC_ALL=C readelf -n "$library" | sed -n 's/.*Build ID: //p')
  debug=$work/debug/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
  [ -f "$debug" ] || fail "there are no symbols for the build id $id"
  if readelf -SW "$library" | grep -E '\.(symtab|debug_)'; then
    fail "the library is not stripped"
  fi
  "$repo/tests-c/exports.sh" "$library" "$repo/cmake/exports.txt" >/dev/null
  address=$(nm "$debug" | sed -n 's/ T WebSocketSend.*//p')
  # Inlined functions too: the first instruction may be of one.
  addr2line -i -e "$debug" "0x$address" | grep -q 'src/ffi/exports\.rs:' ||
    fail "the symbols do not lead to the source"
}

# Lists and texts name no folder of this machine.
check_no_paths() {
  local tree
  for tree in "$work/tree" "$work/control" "$work/debug"; do
    "$repo/tests/no-paths" "$tree" "$repo" "$build" "$work"
  done
}

make_packages "$packages"
check_names
check_again
check_lintian
check_dependencies
dpkg-deb --extract "$runtime" "$work/tree"
dpkg-deb --control "$runtime" "$work/control"
check_copyright
check_debug
check_no_paths
check_symbols
check_shlibdeps
echo "three packages, no error of lintian; symbols, dependencies, copyright and build id are right"
