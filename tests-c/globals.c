#define _DEFAULT_SOURCE
/*
 * WebSocketGetGlobalProperty: what holds for every handle.
 */
#include "session.h"

static ULONG keepalive(const char *setting) {
  ULONG value = 0, size = sizeof value;
  if (setting == NULL) {
    CHECK_EQ(unsetenv("WEBSOCKET_KEEPALIVE_INTERVAL"), 0);
  } else {
    CHECK_EQ(setenv("WEBSOCKET_KEEPALIVE_INTERVAL", setting, 1), 0);
  }
  CHECK_EQ(WebSocketGetGlobalProperty(
               WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &value, &size),
           S_OK);
  CHECK_EQ(size, 4);
  return value;
}

int main(void) {
  CHECK_EQ(keepalive(NULL), 30000);
  return 0;
}
