/*
 * The keep-alive interval that WebSocketGetGlobalProperty reports comes from
 * HKLM\SOFTWARE\Microsoft\WebSocket\KeepaliveInterval. Writes that value, so
 * that it has to run in a Wine prefix of its own.
 *
 * Rows of docs/compatibility.md: *keepalive-interval*.
 */
#include <websocket.h>

#include "../../tests-c/check.h"

#define PATH "SOFTWARE\\Microsoft\\WebSocket"
#define NAME "KeepaliveInterval"

static ULONG interval(void) {
  ULONG value = 0, size = sizeof value;
  CHECK_EQ(WebSocketGetGlobalProperty(
               WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size),
           S_OK);
  CHECK_EQ(size, 4);
  return value;
}

static void set(HKEY key, DWORD type, const void *value, DWORD size) {
  CHECK_EQ(RegSetValueExA(key, NAME, 0, type, (const BYTE *)value, size),
           ERROR_SUCCESS);
}

static void numbers(HKEY key) {
  static const struct {
    DWORD setting;
    ULONG interval;
  } rows[] = {{30000, 30000}, {20000, 20000},
              {15001, 15001}, {15000, 15000},
              {14999, 15000}, {1, 15000},
              {0, 15000},     {4294967295u, 4294967295u}};
  size_t i;
  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    set(key, REG_DWORD, &rows[i].setting, sizeof rows[i].setting);
    CHECK_EQ(interval(), rows[i].interval);
  }
}

/* What is no DWORD is as if it were not set. */
static void other_types(HKEY key) {
  static const BYTE octets[8] = {0x20, 0x4e};
  set(key, REG_SZ, "20000", 6);
  CHECK_EQ(interval(), 30000);
  set(key, REG_SZ, "2", 2);
  CHECK_EQ(interval(), 30000);
  set(key, REG_BINARY, octets, 4);
  CHECK_EQ(interval(), 30000);
  set(key, REG_QWORD, octets, 8);
  CHECK_EQ(interval(), 30000);
}

int main(void) {
  HKEY key;
  RegDeleteKeyA(HKEY_LOCAL_MACHINE, PATH);
  CHECK_EQ(interval(), 30000);
  CHECK_EQ(RegCreateKeyExA(HKEY_LOCAL_MACHINE, PATH, 0, NULL, 0, KEY_ALL_ACCESS,
                           NULL, &key, NULL),
           ERROR_SUCCESS);
  CHECK_EQ(interval(), 30000);
  numbers(key);
  other_types(key);
  CHECK_EQ(RegCloseKey(key), ERROR_SUCCESS);
  CHECK_EQ(RegDeleteKeyA(HKEY_LOCAL_MACHINE, PATH), ERROR_SUCCESS);
  CHECK_EQ(interval(), 30000);
  return 0;
}
