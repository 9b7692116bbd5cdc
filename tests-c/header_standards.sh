#!/usr/bin/env bash
# The headers under every language standard, with both compilers. Arguments: the folder with the
# headers, the folder with this script.
set -euo pipefail
include=$1
here=$2
strict=(-fsyntax-only -Wall -Wextra -Wpedantic -Werror)
headers=(websocket.h websocket_types.h websocket_windows.h wspc.h wspc_types.h)
runs=0

need() {
  if ! command -v "$1" >/dev/null; then
    echo "header_standards: no $1; install it with: apt-get install $2" >&2
    exit 1
  fi
}

compile() { # compiler, language, flags..., source on standard input
  local compiler=$1 language=$2
  shift 2
  "$compiler" -x "$language" "${strict[@]}" -I "$include" -I "$here" "$@" -
}

accept() { # what, compiler, language, flags...
  local what=$1
  shift
  runs=$((runs + 1))
  if ! compile "$@"; then
    echo "header_standards: $what does not compile with: $*" >&2
    exit 1
  fi
}

refuse() { # what, compiler, language, flags...
  local what=$1
  shift
  runs=$((runs + 1))
  if compile "$@" 2>/dev/null; then
    echo "header_standards: $what compiles with: $*" >&2
    exit 1
  fi
}

includes() { printf '#include <%s>\n' "$@"; }

# What a program with Windows types of its own brings along.
own_types() {
  cat <<'SOURCE'
#define WEBSOCKET_NO_WIN_TYPES
typedef unsigned char BYTE;
typedef BYTE *PBYTE;
typedef char CHAR;
typedef CHAR *PCHAR;
typedef const CHAR *PCSTR;
typedef unsigned short USHORT;
typedef unsigned int ULONG;
typedef int HRESULT;
typedef void *PVOID;
#define VOID void
#define WINAPI
#define DECLARE_HANDLE(name) typedef struct name##_of_mine *name
SOURCE
}

# With WEBSOCKET_NO_WIN_TYPES none of these may be there, as a macro or as a type.
no_types_left() {
  own_types
  includes websocket.h wspc.h
  for name in FAILED SUCCEEDED S_OK E_FAIL HRESULT_FROM_WIN32 MAKE_HRESULT ARRAYSIZE TRUE _In_; do
    printf '#ifdef %s\n#error %s\n#endif\n' "$name" "$name"
  done
  echo 'struct mine { int DWORD, BOOL, LONG, HANDLE; };'
  echo 'extern struct mine DWORD, BOOL, LONG, HANDLE;'
}

# Macros that the program defined before stay as they are.
own_macros() {
  for name in FAILED S_OK TRUE _In_ WINAPI; do
    echo "#define $name"
  done
  includes websocket.h wspc.h
}

each_standard() { # compiler, language, standards...
  local compiler=$1 language=$2 standard header
  shift 2
  for standard; do
    local with=("$compiler" "$language" "-std=$standard")
    for header in "${headers[@]}"; do
      accept "$header alone" "${with[@]}" < <(includes "$header")
    done
    accept "websocket.h before wspc.h, twice" "${with[@]}" \
      < <(includes websocket.h wspc.h websocket.h wspc.h)
    accept "wspc.h before websocket.h, twice" "${with[@]}" \
      < <(includes wspc.h websocket.h wspc.h websocket.h)
    accept "WEBSOCKET_NO_WIN_TYPES" "${with[@]}" < <(no_types_left)
    accept "a program's own macros" "${with[@]}" < <(own_macros)
    accept "abi_checks.h" "${with[@]}" < <(includes abi_checks.h)
    # No C library for 32 bits is needed for the types alone.
    accept "abi_checks.h with 32 bits" "${with[@]}" -m32 -ffreestanding \
      < <(includes abi_checks.h)
  done
}

# Each changes one promise of the headers; abi_checks.h has to notice.
changes=(
  's/uint32_t ULONG/unsigned long ULONG/'
  's/int32_t HRESULT/uint32_t HRESULT/'
  's/USHORT usStatus/ULONG usStatus/'
  's/ULONG ulValueSize/size_t ulValueSize/'
  's/PCHAR pcName/PCSTR pcName/'
  's/EMPTY_CLOSE_STATUS = 1005/EMPTY_CLOSE_STATUS = 1004/'
  's/= 0x80000004/= 0x80000014/'
  's/0x83760002u/0x83760003u/'
  's/} WEB_SOCKET_BUFFER, \*PWEB_SOCKET_BUFFER/} WEB_SOCKET_BUFFER/'
  's/union _WEB_SOCKET_BUFFER/union WEB_SOCKET_BUFFER_TAG/'
  's/VOID WINAPI WebSocketAbortHandle/HRESULT WINAPI WebSocketAbortHandle/'
  's/PCSTR \*pszExtensions/PCSTR pszExtensions/'
  's/ULONG WINAPI WspcVersion/HRESULT WINAPI WspcVersion/'
)

each_change() { # compiler, language
  local change original=$include
  include=$(mktemp -d)
  for change in "${changes[@]}"; do
    cp "$original"/*.h "$include"
    accept "the copy of the headers" "$1" "$2" < <(includes abi_checks.h)
    sed -i -- "$change" "$include"/*.h
    if diff -rq "$original" "$include" >/dev/null; then
      echo "header_standards: nothing to change for $change" >&2
      exit 1
    fi
    refuse "abi_checks.h after $change" "$1" "$2" < <(includes abi_checks.h)
  done
  rm -r "$include"
  include=$original
}

need gcc gcc
need g++ g++
need clang clang
need clang++ clang
each_standard gcc c c99 c11 c17 c2x
each_standard clang c c99 c11 c17 c2x
each_standard g++ c++ c++98 c++11 c++14 c++17 c++20
each_standard clang++ c++ c++98 c++11 c++14 c++17 c++20
refuse "an enumeration of one octet" gcc c -std=c99 -fshort-enums < <(includes websocket.h)
refuse "an enumeration of one octet" clang c -std=c99 -fshort-enums < <(includes websocket.h)
each_change gcc c
each_change g++ c++
echo "$runs compilations"
