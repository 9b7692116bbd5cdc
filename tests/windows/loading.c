/*
 * The DLL as programs find it that do not link it: LoadLibrary and
 * GetProcAddress, as .NET and mORMot 2 do, by name and by ordinal; what its
 * version resource says; and that it can be loaded again and again.
 *
 * Rows of docs/compatibility.md: *exported-names*, *ordinals*, *stays-mapped*.
 */
#include <stdint.h>

#include <websocket.h>
#include <wspc.h>

#include "../../tests-c/check.h"

#define DLL "websocket.dll"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* From cmake/exports.txt. */
static const struct {
  const char *name;
  WORD ordinal;
} exported[] = {
#include "exports.inc"
};

typedef HRESULT(WINAPI *create_function)(const PWEB_SOCKET_PROPERTY, ULONG,
                                         WEB_SOCKET_HANDLE *);
typedef HRESULT(WINAPI *global_function)(WEB_SOCKET_PROPERTY_TYPE, PVOID,
                                         ULONG *);
typedef void(WINAPI *delete_function)(WEB_SOCKET_HANDLE);
typedef ULONG(WINAPI *version_function)(void);

/* An ordinal is handed over in the place of a name's address. */
static FARPROC by_ordinal(HMODULE dll, WORD ordinal) {
  return GetProcAddress(dll, (LPCSTR)(ULONG_PTR)ordinal);
}

/* Through void (*)(void), which no compiler warns of. */
static void (*find(HMODULE dll, const char *name))(void) {
  FARPROC function = GetProcAddress(dll, name);
  check_row = name;
  CHECK(function != NULL);
  check_row = "";
  return (void (*)(void))function;
}

static int is_ordinal(WORD ordinal) {
  size_t i;
  for (i = 0; i < COUNT(exported); i++) {
    if (exported[i].ordinal == ordinal) {
      return 1;
    }
  }
  return 0;
}

static void names_and_ordinals(HMODULE dll) {
  size_t i;
  WORD ordinal;
  CHECK_EQ(COUNT(exported), 17);
  for (i = 0; i < COUNT(exported); i++) {
    check_row = exported[i].name;
    CHECK(GetProcAddress(dll, exported[i].name) != NULL);
    CHECK(GetProcAddress(dll, exported[i].name) ==
          by_ordinal(dll, exported[i].ordinal));
  }
  check_row = "";
  for (ordinal = 1; ordinal < 200; ordinal++) {
    CHECK_EQ(by_ordinal(dll, ordinal) != NULL, is_ordinal(ordinal));
  }
  /* As 32-bit compilers write the symbol; the export has none of that. */
  CHECK(GetProcAddress(dll, "_WebSocketSend@16") == NULL);
  CHECK(GetProcAddress(dll, "WebSocketSend@16") == NULL);
}

/* The stack is as it was after each call, or the checks would not be reached:
 * on 32 bit the called function takes its arguments off. */
static void calls(HMODULE dll) {
  create_function create =
      (create_function)find(dll, "WebSocketCreateServerHandle");
  global_function ask =
      (global_function)find(dll, "WebSocketGetGlobalProperty");
  delete_function end = (delete_function)find(dll, "WebSocketDeleteHandle");
  version_function version = (version_function)find(dll, "WspcVersion");
  WEB_SOCKET_HANDLE handle = NULL;
  ULONG interval = 0, size = sizeof interval;
  CHECK_EQ(create(NULL, 0, &handle), S_OK);
  CHECK(handle != NULL);
  CHECK_EQ(ask(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
           S_OK);
  CHECK_EQ(interval, 30000);
  CHECK_EQ(version(), WSPC_VERSION);
  end(handle);
}

static const char *resource_string(void *resource, const char *name) {
  char path[64];
  void *text = NULL;
  UINT length = 0;
  sprintf(path, "\\StringFileInfo\\040904B0\\%s", name);
  check_row = path;
  CHECK(VerQueryValueA(resource, path, &text, &length));
  CHECK(length > 1);
  check_row = "";
  return (const char *)text;
}

static void version_resource(void) {
  DWORD unused, size = GetFileVersionInfoSizeA(DLL, &unused);
  void *resource = malloc(size), *at = NULL;
  const VS_FIXEDFILEINFO *fixed;
  UINT length = 0;
  CHECK(size > 0 && resource != NULL);
  CHECK(GetFileVersionInfoA(DLL, 0, size, resource));
  CHECK(VerQueryValueA(resource, "\\", &at, &length));
  CHECK_EQ(length, sizeof *fixed);
  fixed = (const VS_FIXEDFILEINFO *)at;
  CHECK_EQ(fixed->dwFileType, VFT_DLL);
  CHECK_EQ(fixed->dwFileVersionMS,
           WSPC_VERSION_MAJOR << 16 | WSPC_VERSION_MINOR);
  CHECK_EQ(fixed->dwFileVersionLS, WSPC_VERSION_PATCH << 16);
  CHECK_STRING(resource_string(resource, "FileVersion"), WSPC_VERSION_STRING);
  CHECK_STRING(resource_string(resource, "OriginalFilename"), DLL);
  printf("%s %s: %s\n", resource_string(resource, "ProductName"),
         resource_string(resource, "ProductVersion"),
         resource_string(resource, "FileDescription"));
  free(resource);
}

/* How many more thread-local values the process can have. */
static int free_slots(void) {
  static DWORD slots[2000];
  int count = 0, i;
  while (count < 2000 && (slots[count] = TlsAlloc()) != TLS_OUT_OF_INDEXES) {
    count++;
  }
  for (i = 0; i < count; i++) {
    TlsFree(slots[i]);
  }
  return count;
}

int main(void) {
  HMODULE dll;
  int i, slots = 0;
  for (i = 0; i < 100; i++) {
    dll = LoadLibraryA(DLL);
    CHECK(dll != NULL);
    calls(dll);
    CHECK(FreeLibrary(dll));
    if (i == 0) {
      slots = free_slots();
    }
  }
  CHECK_EQ(free_slots(), slots);
  dll = LoadLibraryA(DLL);
  CHECK(dll != NULL);
  names_and_ordinals(dll);
  version_resource();
  CHECK(FreeLibrary(dll));
  return 0;
}
