/*
 * The calls as the test of Vanara makes them: the client is told that
 * Connection and Upgrade are there already, and returns them all the same, so
 * that its headers and a Host are a request that a server accepts.
 *
 * Rows of docs/compatibility.md: *initial-headers-returned*.
 */
#include "handshake.h"

int main(void) {
  WEB_SOCKET_HANDLE client = NULL, server = NULL;
  WEB_SOCKET_HTTP_HEADER initial[2];
  struct header_set sent = {NULL, 0}, answer = {NULL, 0};
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &client), S_OK);
  CHECK(client != NULL);
  initial[0] = header_of("Connection", "Upgrade");
  initial[1] = header_of("Upgrade", "websocket");
  CHECK_EQ(WebSocketBeginClientHandshake(client, NULL, 0, NULL, 0, initial, 2,
                                         &sent.at, &sent.count),
           S_OK);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &server), S_OK);
  CHECK(server != NULL);
  pass_request(&sent, server, &answer);
  CHECK(find_header(sent.at, sent.count, "Connection") != NULL);
  CHECK(find_header(sent.at, sent.count, "Upgrade") != NULL);
  CHECK_EQ(WebSocketEndClientHandshake(client, answer.at, answer.count, NULL,
                                       NULL, NULL),
           S_OK);
  CHECK_EQ(WebSocketEndServerHandshake(server), S_OK);
  /* The order in which its safe handles are released is not given. */
  WebSocketDeleteHandle(server);
  WebSocketDeleteHandle(client);
  return 0;
}
