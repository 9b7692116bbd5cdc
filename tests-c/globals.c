#if !defined(_WIN32)
#define _DEFAULT_SOURCE /* setenv, unsetenv */
#endif
/*
 * WebSocketGetGlobalProperty: what holds for every handle.
 *
 * Rows of docs/compatibility.md: *keepalive-interval*, *supported-versions*,
 * *global-property-size*.
 */
#include "session.h"

#define KEEPALIVE WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE
#define VERSIONS WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE
#define INSUFFICIENT HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)

/* As .NET asks: a value of 4 octets. */
static ULONG ask(WEB_SOCKET_PROPERTY_TYPE type) {
  ULONG value = 0, size = sizeof value;
  CHECK_EQ(WebSocketGetGlobalProperty(type, &value, &size), S_OK);
  CHECK_EQ(size, 4);
  return value;
}

#if !defined(_WIN32)
static const struct {
  const char *setting;
  ULONG interval;
} settings[] = {
    {NULL, 30000},
    {"30000", 30000},
    {"15000", 15000},
    {"15001", 15001},
    {"14999", 15000},
    {"1", 15000},
    {"0", 15000},
    {"00020000", 20000},
    {"2147483648", 2147483648u},
    {"4294967295", 4294967295u},
    {"4294967296", 4294967295u}, /* as long as 32 bits can say */
    {"99999999999999999999999999", 4294967295u},
    {"00000000000000000000000000001", 15000},
    /* What is no number is as if it were not set. */
    {"-1", 30000},
    {"+20000", 30000},
    {"", 30000},
    {" ", 30000},
    {" 20000", 30000},
    {"20000 ", 30000},
    {"20000ms", 30000},
    {"20000.5", 30000},
    {"0x8000", 30000},
    {"2e4", 30000},
    {"garbage", 30000},
    {"\xff\xfe", 30000},
};

/* The environment is asked anew by each call. */
static void keepalive_follows_the_environment(void) {
  size_t i;
  for (i = 0; i < COUNT(settings); i++) {
    const char *setting = settings[i].setting;
    check_row = setting == NULL ? "not set" : setting;
    if (setting == NULL) {
      CHECK_EQ(unsetenv("WEBSOCKET_KEEPALIVE_INTERVAL"), 0);
    } else {
      CHECK_EQ(setenv("WEBSOCKET_KEEPALIVE_INTERVAL", setting, 1), 0);
    }
    CHECK_EQ(ask(KEEPALIVE), settings[i].interval);
  }
  CHECK_EQ(unsetenv("WEBSOCKET_KEEPALIVE_INTERVAL"), 0);
  check_row = "";
}
#endif

static void keepalive_is_never_short(void) {
  ULONG interval = ask(KEEPALIVE);
  CHECK(interval >= 15000);
#if !defined(_WIN32)
  CHECK_EQ(interval, 30000);
#endif
  CHECK_EQ(ask(KEEPALIVE), interval);
}

static void version_13_is_supported(void) { CHECK_EQ(ask(VERSIONS), 13); }

/* The size is written in any case; the value only where there is room. */
static void check_room(WEB_SOCKET_PROPERTY_TYPE type, ULONG room) {
  BYTE cell[12];
  ULONG size = room, value;
  size_t i, used = room >= 4 ? 4 : 0;
  memset(cell, 0xA5, sizeof cell);
  CHECK_EQ(WebSocketGetGlobalProperty(type, cell, &size),
           room >= 4 ? S_OK : INSUFFICIENT);
  CHECK_EQ(size, 4);
  for (i = used; i < sizeof cell; i++) {
    CHECK_EQ(cell[i], 0xA5);
  }
  if (used != 0) {
    memcpy(&value, cell, sizeof value);
    CHECK_EQ(value, ask(type));
  }
}

static void sizes_go_in_and_out(void) {
  static const ULONG rooms[] = {0, 1, 2, 3, 4, 5, 7, 8, 12, 0xFFFFFFFFu};
  size_t i;
  for (i = 0; i < COUNT(rooms); i++) {
    check_room(KEEPALIVE, rooms[i]);
    check_room(VERSIONS, rooms[i]);
  }
}

/* The two cells may stand anywhere. */
static void cells_need_no_alignment(void) {
  BYTE cells[24];
  size_t shift;
  for (shift = 0; shift < 8; shift++) {
    ULONG size = 4, value;
    memset(cells, 0xA5, sizeof cells);
    memcpy(cells + shift, &size, sizeof size);
    CHECK_EQ(WebSocketGetGlobalProperty(VERSIONS, cells + shift + 5,
                                        (ULONG *)(void *)(cells + shift)),
             S_OK);
    memcpy(&size, cells + shift, sizeof size);
    memcpy(&value, cells + shift + 5, sizeof value);
    CHECK_EQ(size, 4);
    CHECK_EQ(value, 13);
    CHECK_EQ(cells[shift + 4], 0xA5);
    CHECK_EQ(cells[shift + 9], 0xA5);
  }
}

static void null_is_refused(void) {
  static const WEB_SOCKET_PROPERTY_TYPE types[2] = {KEEPALIVE, VERSIONS};
  size_t i;
  for (i = 0; i < 2; i++) {
    ULONG value = 77, size = 4;
    CHECK_EQ(WebSocketGetGlobalProperty(types[i], NULL, NULL), E_INVALIDARG);
    CHECK_EQ(WebSocketGetGlobalProperty(types[i], &value, NULL), E_INVALIDARG);
    CHECK_EQ(value, 77);
    CHECK_EQ(WebSocketGetGlobalProperty(types[i], NULL, &size), E_INVALIDARG);
    CHECK_EQ(size, 4);
    /* Asking for the size needs no room at all. */
    size = 0;
    CHECK_EQ(WebSocketGetGlobalProperty(types[i], NULL, &size), INSUFFICIENT);
    CHECK_EQ(size, 4);
  }
}

/* Properties of handles, and numbers that are none. */
static void other_types_are_refused(void) {
  static const ULONG types[] = {0, 1, 2,          3,          4,
                                7, 8, 0x7FFFFFFF, 0x80000005, 0xFFFFFFFF};
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    ULONG value = 77, size = 4;
    WEB_SOCKET_PROPERTY_TYPE type = (WEB_SOCKET_PROPERTY_TYPE)types[i];
    CHECK_EQ(WebSocketGetGlobalProperty(type, &value, &size), E_INVALIDARG);
    CHECK_EQ(value, 77);
    CHECK_EQ(size, 4);
    CHECK_EQ(WebSocketGetGlobalProperty(type, NULL, NULL), E_INVALIDARG);
  }
}

int main(void) {
#if !defined(_WIN32)
  keepalive_follows_the_environment();
#endif
  keepalive_is_never_short();
  version_13_is_supported();
  sizes_go_in_and_out();
  cells_need_no_alignment();
  null_is_refused();
  other_types_are_refused();
  return 0;
}
