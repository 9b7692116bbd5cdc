/*
 * A client draws masking keys many at a time. After a fork parent, child and
 * grandchild have the same ones left, and none may use them twice: neither for
 * frames of the application nor for automatic pongs.
 *
 * Rows of docs/compatibility.md: *fresh-masking-keys*.
 */
#include "forked_keys.h"

static void keys_of_pongs(WEB_SOCKET_HANDLE h, BYTE keys[KEYS]) {
  struct octets peer = {NULL, 0, 0}, wire = {NULL, 0, 0};
  struct network network;
  size_t at = 0;
  int i;
  append_frame(&peer, FIN | OP_PING, NULL, "ping", 4);
  append_frame(&peer, FIN | OP_PING, NULL, "ping", 4);
  append_frame(&peer, FIN | OP_TEXT, NULL, "text", 4);
  network = network_of(&peer, peer.length);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  for (i = 0; i < 2; i++) {
    struct step pong = pump(h, RECEIVE_QUEUE, &network);
    struct frame frame;
    EXPECT(pong, SEND_TO_NETWORK, PING_PONG, 1, NULL);
    append_buffers(&wire, &pong);
    complete(h, &pong);
    frame = take_frame(&wire, &at);
    CHECK_EQ(frame.first, FIN | OP_PONG);
    memcpy(keys + 4 * i, frame.mask, 4);
  }
  network.read = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(network.read, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, NULL);
  complete(h, &network.read);
  octets_free(&peer);
  octets_free(&wire);
}

/* The client has keys in hand when it forks: nearly all, half, few, none. */
static void check(draw_keys *draw, int frames) {
  WEB_SOCKET_HANDLE h = client_with(NULL, 0);
  BYTE keys[KEYS];
  for (; frames > 0; frames -= 2) {
    draw(h, keys);
  }
  keys_differ_after_a_fork(h, draw);
  WebSocketDeleteHandle(h);
}

int main(void) {
  static const int frames[] = {2, 62, 122, 124};
  size_t i;
  for (i = 0; i < COUNT(frames); i++) {
    check(keys_of_texts, frames[i]);
    check(keys_of_pongs, frames[i]);
  }
  return 0;
}
