#!/usr/bin/env bash
# The Debian packages in a fresh Debian: they install, programs are built against them there and
# run, and after they are purged every file is as it was before. Works as root or by sudo. The Debian is
# made once, by debootstrap from where this machine gets its packages, and kept in build/roots.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
# debootstrap, chroot and ldconfig are where an ordinary user does not look.
PATH=$PATH:/usr/sbin:/sbin
need cpack cmake
need debootstrap debootstrap
need dpkg-shlibdeps dpkg-dev
need file file
need objcopy binutils

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  need sudo sudo
  as_root=(sudo)
fi

# The Debian that the library was built on: an older one might lack a symbol of libc.
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
arch=$(dpkg --print-architecture)
fresh=$repo/build/roots/$suite-$arch
root=$work/root
clean=("${as_root[@]}" rm -rf "$work")

make_fresh() {
  local site
  [ -n "$suite" ] || fail "this is no Debian with a name"
  site=$("$repo/scripts/debian-mirror" "$suite")
  [ -n "$site" ] || fail "apt knows no Debian $suite; ask for its lists with: apt-get update"
  echo "making a Debian $suite in build/roots, once"
  mkdir -p "$repo/build/roots"
  # One that was interrupted may have /proc mounted in it.
  "${as_root[@]}" rm -rf --one-file-system "$fresh.new"
  "${as_root[@]}" debootstrap --variant=minbase --include=gcc,libc6-dev,pkgconf \
    "$suite" "$fresh.new" "$site" >"$work/debootstrap" 2>&1 || {
    tail -n 20 "$work/debootstrap" >&2
    fail "debootstrap failed"
  }
  "${as_root[@]}" chroot "$fresh.new" apt-get clean
  "${as_root[@]}" mv "$fresh.new" "$fresh"
}

# inside COMMAND...
inside() {
  "${as_root[@]}" chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
    DEBIAN_FRONTEND=noninteractive "$@"
}

# Every name with its kind, rights, owner and, for files, octets. Not for dpkg's own books, which
# are written anew, the logs and the cache of a cache.
inventory() {
  # shellcheck disable=SC2016 # for the shell inside
  inside sh -c 'cd / && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \) -prune \
    -o -printf "%p %y %m %U:%G %l\n" && find . -xdev -type f \
    ! -path "./proc/*" ! -path "./sys/*" ! -path "./var/log/*" ! -path "./var/lib/dpkg/status*" \
    ! -path "./var/cache/ldconfig/aux-cache" -exec sha256sum {} +' | LC_ALL=C sort
}

# What those books say.
# shellcheck disable=SC2016 # these are dpkg's variables
books() { inside dpkg-query --show --showformat '${Package} ${Version} ${Status}\n'; }

# built NAME ARGUMENT...: builds the example that came with the package, and runs it.
built() {
  local program=/tmp/$1
  shift
  inside gcc -o "$program" /usr/share/doc/libwebsocket-dev/examples/loopback.c "$@" \
    -Wl,--fatal-warnings
  runs_silently inside "$program"
}

build_and_run() {
  local flags
  read -ra flags <<<"$(inside pkgconf --cflags --libs websocket)"
  built by_pkgconf "${flags[@]}"
  built plain -lwebsocket
  read -ra flags <<<"$(inside pkgconf --static --cflags --libs websocket)"
  built static -static "${flags[@]}"
  inside dpkg --purge libwebsocket1-dbgsym libwebsocket-dev >/dev/null
  # A user's machine has the library alone, and without it only the static program runs.
  runs_silently inside /tmp/plain
  inside dpkg --purge libwebsocket1 >/dev/null
  must_fail inside /tmp/plain
  runs_silently inside /tmp/static
  inside rm /tmp/by_pkgconf /tmp/plain /tmp/static
}

[ -d "$fresh" ] || make_fresh
make_packages "$work/packages"
"${as_root[@]}" cp -a --reflink=auto "$fresh" "$root"
inside ldconfig
inside dpkg --configure --pending
inventory >"$work/before"
books >"$work/books_before"
[ "$(wc -l <"$work/before")" -gt 1000 ] || fail "the inventory is empty"

"${as_root[@]}" cp "$work/packages"/*.deb "$root/tmp"
inside sh -c 'dpkg --install /tmp/*.deb && rm /tmp/*.deb' >"$work/installed" 2>&1 || {
  cat "$work/installed" >&2
  fail "the packages do not install"
}
inventory >"$work/with"
cmp -s "$work/before" "$work/with" && fail "the inventory does not notice the packages"
build_and_run
inventory >"$work/after"
books >"$work/books_after"
diff "$work/before" "$work/after" >&2 || fail "these were left behind or changed"
diff "$work/books_before" "$work/books_after" >&2 || fail "dpkg remembers the packages"
echo "installed in Debian $suite, built against, purged without a trace"
