/*
 * A library that was built without compression: it does not know the property,
 * nor the flag, and the extension is the application's as any other.
 *
 * Rows of docs/compatibility.md: *deflate-property*.
 */
#include "deflate.h"

static void the_property_is_unknown(void) {
  WEB_SOCKET_PROPERTY p = deflate_property(&usual_deflate);
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateClientHandle(&p, 1, &h), E_INVALIDARG);
  CHECK_PTR(h, NULL);
  CHECK_EQ(WebSocketCreateServerHandle(&p, 1, &h), E_INVALIDARG);
  CHECK_PTR(h, NULL);
}

static void the_flag_is_unknown(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER text = data_buffer("text", 4);
  CHECK_EQ(
      WebSocketSend(h, type_of(UTF8_MESSAGE | WSPC_UNCOMPRESSED), &text, NULL),
      E_INVALIDARG);
  WebSocketDeleteHandle(h);
}

static void the_extension_is_the_applications(void) {
  PCSTR own = NAME;
  struct header_set set;
  char text[256];
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, &own, 1, &set), S_OK);
  extension_of(&set, text);
  CHECK_STRING(text, NAME);
  WebSocketDeleteHandle(h);
}

int main(void) {
  the_property_is_unknown();
  the_flag_is_unknown();
  the_extension_is_the_applications();
  return 0;
}
