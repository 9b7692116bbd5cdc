#!/usr/bin/env bash
# An installed tree: what is in it, and that programs are built against it in every way there is,
# also after it was moved.
set -euo pipefail
# shellcheck source=tests/package/common.sh
. "$(dirname "$0")/common.sh"
need cmake cmake
need ninja ninja-build
need gcc gcc
need clang clang
need pkg-config pkgconf
need readelf binutils

lib=$(cached CMAKE_INSTALL_LIBDIR)
cargo_home=${CARGO_HOME:-$HOME/.cargo}

outside=$work/outside
cp -r "$here/outside" "$outside"
cp "$repo/examples/loopback.c" "$outside"

expected_files() {
  cat <<FILES
$lib/cmake/websocket/websocketConfig.cmake
$lib/cmake/websocket/websocketConfigVersion.cmake
$lib/cmake/websocket/websocketTargets-release.cmake
$lib/cmake/websocket/websocketTargets.cmake
$lib/libwebsocket.a
$lib/libwebsocket.so
$lib/libwebsocket.so.1
$lib/libwebsocket.so.$version
$lib/pkgconfig/websocket.pc
include/websocket.h
include/websocket_types.h
include/websocket_windows.h
include/wspc.h
include/wspc_types.h
share/doc/websocket/LICENSE-APACHE
share/doc/websocket/LICENSE-MIT
share/doc/websocket/copyright
FILES
}

check_files() {
  local found
  found=$(cd "$1" && find . ! -type d -printf '%P\n' | LC_ALL=C sort)
  diff <(expected_files | LC_ALL=C sort) <(echo "$found") >&2 ||
    fail "other files than wanted are installed (< wanted, > found)"
  [ "$(readlink "$1/$lib/libwebsocket.so")" = libwebsocket.so.1 ] ||
    fail "libwebsocket.so is no link"
  [ "$(readlink "$1/$lib/libwebsocket.so.1")" = "libwebsocket.so.$version" ] ||
    fail "libwebsocket.so.1 is no link"
  "$repo/tests-c/exports.sh" "$1/$lib/libwebsocket.so.$version" "$repo/cmake/exports.txt"
}

# Neither in texts nor in the libraries.
check_no_paths() {
  "$repo/tests/no-paths" "$1" "$repo" "$build" "$cargo_home" "$(rustc --print sysroot)" "$1"
}

by_find_package() {
  rm -rf "$work/by_cmake"
  cmake -S "$outside" -B "$work/by_cmake" -G Ninja -DCMAKE_PREFIX_PATH="$1" >"$work/configured"
  grep -F "websocket $version in $1/" "$work/configured" >/dev/null || {
    cat "$work/configured" >&2
    fail "find_package found another library"
  }
  cmake --build "$work/by_cmake" >/dev/null
  is_shared "$work/by_cmake/loopback_websocket"
  is_static "$work/by_cmake/loopback_static"
  for program in "$work"/by_cmake/{loopback,companion}_{websocket,static}; do
    runs_silently "$program"
  done
}

# A later major version is not for those who ask for this one, nor the other way round.
refuses_another_version() {
  local wanted
  for wanted in 2.0 1.1 0.9; do
    sed "s/websocket 1\.0 /websocket $wanted /" "$outside/CMakeLists.txt" >"$work/changed"
    mkdir -p "$work/another"
    cp "$outside"/*.c "$work/another"
    cp "$work/changed" "$work/another/CMakeLists.txt"
    rm -rf "$work/by_cmake"
    must_fail cmake -S "$work/another" -B "$work/by_cmake" -G Ninja -DCMAKE_PREFIX_PATH="$1"
    grep -q 'compatible with requested' "$work/out" || fail "version $wanted failed in another way"
  done
}

# compile NAME COMPILER ARGUMENT...
compile() {
  local program=$work/$1 compiler=$2
  shift 2
  runs_silently "$compiler" -o "$program" "$outside/loopback.c" "$@" -Wl,--fatal-warnings
}

# ask_pkg_config FOLDER ARGUMENT...: sets flags.
ask_pkg_config() {
  local answer
  answer=$(PKG_CONFIG_LIBDIR=$1 pkg-config "${@:2}" websocket)
  read -ra flags <<<"$answer"
}

by_pkg_config() {
  local pc=$1/$lib/pkgconfig compiler=$2 flags
  ask_pkg_config "$pc" --modversion
  [ "${flags[0]}" = "$version" ] || fail "pkg-config says version ${flags[0]}"
  ask_pkg_config "$pc" --cflags --libs
  compile pc_shared "$compiler" "${flags[@]}"
  is_shared "$work/pc_shared"
  LD_LIBRARY_PATH=$1/$lib runs_silently "$work/pc_shared"
  ask_pkg_config "$pc" --static --cflags --libs
  compile pc_static "$compiler" -static "${flags[@]}"
  is_static "$work/pc_static"
  runs_silently "$work/pc_static"
}

by_hand() {
  compile shared "$2" -I"$1/include" -L"$1/$lib" -lwebsocket
  is_shared "$work/shared"
  must_fail "$work/shared"
  LD_LIBRARY_PATH=$1/$lib runs_silently "$work/shared"
  compile static "$2" -I"$1/include" "$1/$lib/libwebsocket.a" -lpthread -ldl -lm
  is_static "$work/static"
  runs_silently "$work/static"
}

in_every_way() {
  local compiler
  by_find_package "$1"
  for compiler in gcc clang; do
    by_pkg_config "$1" "$compiler"
    by_hand "$1" "$compiler"
  done
}

cmake --install "$build" --prefix "$work/first" >/dev/null
check_files "$work/first"
check_no_paths "$work/first"
in_every_way "$work/first"
refuses_another_version "$work/first"
mkdir "$work/elsewhere"
mv "$work/first" "$work/elsewhere/moved"
in_every_way "$work/elsewhere/moved"
echo "find_package, pkg-config and the compilers alone, shared and static, before and after a move"
