/*
 * A whole conversation of a handle with a scripted peer, from Create on, in
 * which a test bends what it likes: calls that fail and are repeated, the
 * counts of completions, the end of the transport. Included after session.h or
 * counting.h.
 */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include <wspc.h>

#define TALK_RECEIVE 256 /* octets; the longest frame has more */
#define TALK_SEND 64     /* likewise */
#define TALK_LONG 300
#define TALK_SENDS 6
#define TALK_RECEIVES 64
#define NEVER ((size_t)-1)

/* What is the same in all that a test compares. */
struct way {
  int server, compressed;
  ULONG slots;
  size_t chunk; /* the most that a read brings */
};

struct talk {
  struct way way;
  WEB_SOCKET_HANDLE h;
  struct octets in; /* all that the peer sends */
  size_t taken;
  struct octets out;       /* all that was handed out */
  size_t sent[TALK_SENDS]; /* octets of each send */
  size_t pongs;            /* octets of the automatic pongs */
  struct octets log;       /* octets and ends of messages that were received */
  int send_over[TALK_SENDS]; /* how often each was indicated */
  int receive_over[TALK_RECEIVES];
  int receives; /* queued so far */
  int closed;   /* the peer's close was indicated */
  size_t actions;
  /* How many octets are reported for an action, of which `all` were asked. */
  size_t (*report)(struct talk *, const struct step *, size_t all);
  int stop; /* the conversation ends behind this action */
  void *test;
};

/* Whether a call that failed is to be made again. */
static int (*talk_again)(HRESULT hr);

#define TALK(call)                                                             \
  do {                                                                         \
    HRESULT talk_hr = (call);                                                  \
    if (talk_hr != S_OK && talk_again != NULL && talk_again(talk_hr)) {        \
      talk_hr = (call);                                                        \
    }                                                                          \
    CHECK_EQ(talk_hr, S_OK);                                                   \
  } while (0)

/* ---- all that is there to go through ---- */

/* Whether the library compresses at all. */
static inline int talk_compresses(void) {
  WSPC_DEFLATE deflate = {0, 0, 0, 0, 0};
  WEB_SOCKET_PROPERTY p = property_of(WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE,
                                      &deflate, sizeof deflate);
  WEB_SOCKET_HANDLE h = NULL;
  HRESULT hr = WebSocketCreateServerHandle(&p, 1, &h);
  CHECK(hr == S_OK || hr == E_INVALIDARG);
  WebSocketDeleteHandle(h);
  return hr == S_OK;
}

/* Calls that for both roles, slots and kinds of reads. */
static inline void in_every_way(void (*check)(const struct way *)) {
  static const size_t chunks[] = {1000, 7};
  int number;
  for (number = 0; number < (talk_compresses() ? 16 : 8); number++) {
    char row[80];
    struct way way;
    way.server = number & 1;
    way.slots = number & 2 ? 2 : 1;
    way.chunk = chunks[number >> 2 & 1];
    way.compressed = number >> 3;
    snprintf(row, sizeof row, "%s%s, %d slots, reads of %d",
             way.server ? "server" : "client",
             way.compressed ? ", compressed" : "", (int)way.slots,
             (int)way.chunk);
    check_row = row;
    check(&way);
    check_row = "";
  }
}

/* ---- the peer ---- */

/* Frames of every kind. "Hello" is compressed as RFC 7692 shows it. */
static inline void talk_script(struct talk *talk) {
  static const char packed[] = "\xF2\x48\xCD\xC9\xC9\x07";
  const BYTE *mask = peer_mask(talk->way.server);
  BYTE longer[TALK_LONG];
  memset(longer, 'l', sizeof longer);
  if (talk->way.compressed) {
    append_frame(&talk->in, FIN | RSV1 | OP_TEXT, mask, packed, 7);
    append_frame(&talk->in, RSV1 | OP_TEXT, mask, packed, 3);
    append_frame(&talk->in, FIN | OP_PING, mask, "", 0);
    append_frame(&talk->in, FIN | OP_CONTINUATION, mask, packed + 3, 4);
  } else {
    append_frame(&talk->in, FIN | OP_TEXT, mask, "Hello", 5);
    append_frame(&talk->in, OP_TEXT, mask, "Hel", 3);
    append_frame(&talk->in, FIN | OP_PING, mask, "", 0);
    append_frame(&talk->in, FIN | OP_CONTINUATION, mask, "lo", 2);
  }
  append_frame(&talk->in, FIN | OP_PING, mask, "ping", 4);
  append_frame(&talk->in, FIN | OP_BINARY, mask, longer, sizeof longer);
  append_frame(&talk->in, FIN | OP_PONG, mask, "po", 2);
  append_close(&talk->in, mask, 1000, "bye");
}

/* ---- the handshake ---- */

static inline void talk_create(struct talk *talk) {
  WEB_SOCKET_PROPERTY p[3];
  WSPC_DEFLATE deflate = {9, 9, 0, 1, 0};
  ULONG receive = TALK_RECEIVE, send = TALK_SEND;
  ULONG count = talk->way.compressed ? 3 : 2;
  size_properties(p, &receive, &send);
  p[2] = property_of(WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE, &deflate,
                     sizeof deflate);
  if (talk->way.server) {
    TALK(WebSocketCreateServerHandle(p, count, &talk->h));
  } else {
    TALK(WebSocketCreateClientHandle(p, count, &talk->h));
  }
}

static inline void talk_as_server(struct talk *talk) {
  PWEB_SOCKET_HTTP_HEADER answer = NULL;
  WEB_SOCKET_HTTP_HEADER request[6];
  ULONG count = 0;
  fake_request(request);
  request[5] = header_of("Sec-WebSocket-Extensions",
                         "permessage-deflate; client_max_window_bits");
  TALK(WebSocketBeginServerHandshake(talk->h, NULL, NULL, 0, request,
                                     talk->way.compressed ? 6 : 5, &answer,
                                     &count));
  TALK(WebSocketEndServerHandshake(talk->h));
}

static inline void talk_as_client(struct talk *talk) {
  PWEB_SOCKET_HTTP_HEADER sent = NULL, key;
  WEB_SOCKET_HTTP_HEADER answer[4];
  ULONG count = 0;
  char accept[29];
  TALK(WebSocketBeginClientHandshake(talk->h, NULL, 0, NULL, 0, NULL, 0, &sent,
                                     &count));
  key = find_header(sent, count, "Sec-WebSocket-Key");
  CHECK(key != NULL);
  accept_for_key(key->pcValue, accept);
  answer[0] = header_of("Connection", "Upgrade");
  answer[1] = header_of("Upgrade", "websocket");
  answer[2] = header_of("Sec-WebSocket-Accept", accept);
  answer[3] = header_of("Sec-WebSocket-Extensions",
                        "permessage-deflate; server_max_window_bits=9");
  TALK(WebSocketEndClientHandshake(
      talk->h, answer, talk->way.compressed ? 4 : 3, NULL, NULL, NULL));
}

/* ---- the operations, of which each is known by its context ---- */

static BYTE talk_payload[TALK_LONG];
static char send_contexts[TALK_SENDS], receive_contexts[TALK_RECEIVES];

static inline void talk_receive(struct talk *talk) {
  CHECK(talk->receives < TALK_RECEIVES);
  TALK(WebSocketReceive(talk->h, NULL, &receive_contexts[talk->receives]));
  talk->receives++;
}

static inline void talk_send(struct talk *talk) {
  static const struct {
    ULONG type;
    int length; /* -1: no buffer */
  } sends[TALK_SENDS] = {
      {UTF8_FRAGMENT, 20}, {UTF8_MESSAGE, 5},           {PING_PONG, -1},
      {BINARY_MESSAGE, 0}, {BINARY_MESSAGE, TALK_LONG}, {CLOSE, 3}};
  size_t i;
  memset(talk_payload, 'x', sizeof talk_payload);
  for (i = 0; i < TALK_SENDS; i++) {
    WEB_SOCKET_BUFFER buffer =
        data_buffer(talk_payload, (size_t)sends[i].length);
    if (sends[i].type == (ULONG)CLOSE) {
      buffer = close_buffer(1000, talk_payload, 3);
    }
    TALK(WebSocketSend(talk->h, type_of(sends[i].type),
                       sends[i].length < 0 ? NULL : &buffer,
                       &send_contexts[i]));
  }
}

/* ---- what comes of it ---- */

static inline size_t talk_index(const char *contexts, size_t count,
                                const void *app) {
  size_t i = 0;
  while (i < count && app != &contexts[i]) {
    i++;
  }
  CHECK(i < count);
  return i;
}

static inline void talk_indicated(struct talk *talk, const struct step *step) {
  if (step->action == SEND_COMPLETE) {
    talk->send_over[talk_index(send_contexts, TALK_SENDS, step->app)]++;
    return;
  }
  talk->receive_over[talk_index(receive_contexts, TALK_RECEIVES, step->app)]++;
  if (step->type == CLOSE) {
    octets_append(&talk->log, step->buffers[0].CloseStatus.pbReason,
                  step->buffers[0].CloseStatus.ulReasonLength);
    talk->closed = 1;
  } else {
    append_buffers(&talk->log, step);
  }
  /* Where a long frame is cut may differ, the end of a message does not. */
  if (step->type != 0 && step->type != UTF8_FRAGMENT &&
      step->type != BINARY_FRAGMENT) {
    BYTE type = (BYTE)((ULONG)step->type & 0xF);
    octets_append(&talk->log, &type, 1);
  }
}

/* As much as the peer has sent, and fits. */
static inline size_t talk_read(struct talk *talk, const struct step *step) {
  size_t length = talk->in.length - talk->taken;
  if (length > talk->way.chunk) {
    length = talk->way.chunk;
  }
  if (length > step->buffers[0].Data.ulBufferLength) {
    length = step->buffers[0].Data.ulBufferLength;
  }
  return length;
}

static inline size_t talk_all(struct talk *talk, const struct step *step) {
  switch ((int)step->action) {
  case SEND_TO_NETWORK:
    return step_length(step);
  case RECEIVE_FROM_NETWORK:
    return talk_read(talk, step);
  default:
    return 0;
  }
}

/* One action of that queue; whether there was one. */
static inline int talk_step(struct talk *talk, WEB_SOCKET_ACTION_QUEUE queue) {
  struct step step = get_action(talk->h, queue, talk->way.slots);
  size_t all, count;
  if (step.hr != S_OK && talk_again != NULL && talk_again(step.hr)) {
    step = get_action(talk->h, queue, talk->way.slots);
  }
  CHECK_EQ(step.hr, S_OK);
  if (step.action == NO_ACTION) {
    return 0;
  }
  all = talk_all(talk, &step);
  count = talk->report == NULL ? all : talk->report(talk, &step, all);
  talk->actions++;
  if (step.action == SEND_TO_NETWORK) {
    append_buffers(&talk->out, &step);
    if (step.app == NULL) {
      talk->pongs += all;
    } else {
      talk->sent[talk_index(send_contexts, TALK_SENDS, step.app)] += all;
    }
  } else if (step.action == RECEIVE_FROM_NETWORK) {
    size_t length = count < all ? count : all;
    memcpy(step.buffers[0].Data.pbBuffer, talk->in.data + talk->taken, length);
    talk->taken += length;
  } else {
    talk_indicated(talk, &step);
  }
  complete_with(talk->h, &step, count);
  /* An empty one says that nothing comes any more, if nothing does. */
  if (step.action == RECEIVE_COMPLETE && !talk->closed && !talk->stop &&
      (step.type != 0 || talk->taken < talk->in.length)) {
    talk_receive(talk);
  }
  return 1;
}

static inline void talk_begin(struct talk *talk, const struct way *way) {
  memset(talk, 0, sizeof *talk);
  talk->way = *way;
  talk_script(talk);
}

/* From Create to the last action. */
static inline void talk_run(struct talk *talk) {
  int sends, receives;
  talk_create(talk);
  if (talk->way.server) {
    talk_as_server(talk);
  } else {
    talk_as_client(talk);
  }
  talk_receive(talk);
  talk_receive(talk);
  talk_send(talk);
  do {
    sends = !talk->stop && talk_step(talk, SEND_QUEUE);
    receives = !talk->stop && talk_step(talk, RECEIVE_QUEUE);
  } while (sends || receives);
}

/* Fetches what an abort leaves. */
static inline void talk_drain(struct talk *talk) {
  for (;;) {
    struct step step = get_action(talk->h, ALL_QUEUES, talk->way.slots);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      return;
    }
    CHECK(step.action == SEND_COMPLETE || step.action == RECEIVE_COMPLETE);
    CHECK_EQ(step.count, 0);
    talk_indicated(talk, &step);
    complete(talk->h, &step);
  }
}

/* Everything that was queued has come back, and only once. */
static inline void talk_is_settled(const struct talk *talk) {
  int i;
  for (i = 0; i < TALK_SENDS; i++) {
    CHECK_EQ(talk->send_over[i], 1);
  }
  for (i = 0; i < TALK_RECEIVES; i++) {
    CHECK_EQ(talk->receive_over[i], i < talk->receives);
  }
}

static inline void talk_end(struct talk *talk) {
  WebSocketDeleteHandle(talk->h);
  octets_free(&talk->in);
  octets_free(&talk->out);
  octets_free(&talk->log);
}

/* What was sent, as frames without their masks. */
static inline void talk_unmask(const struct talk *talk, struct octets *plain) {
  struct octets copy = {NULL, 0, 0};
  size_t at = 0;
  octets_append(&copy, talk->out.data, talk->out.length);
  while (at < copy.length) {
    struct frame frame = take_frame(&copy, &at);
    CHECK_EQ(frame.masked, !talk->way.server);
    append_frame(plain, frame.first, NULL, frame.payload, frame.length);
  }
  octets_free(&copy);
}

/* Nothing is different from a conversation without faults. */
static inline void talk_is_same(const struct talk *talk,
                                const struct talk *want) {
  struct octets got_plain = {NULL, 0, 0}, want_plain = {NULL, 0, 0};
  talk_is_settled(talk);
  CHECK_OCTETS(talk->log.data, talk->log.length, want->log.data,
               want->log.length);
  talk_unmask(talk, &got_plain);
  talk_unmask(want, &want_plain);
  CHECK_OCTETS(got_plain.data, got_plain.length, want_plain.data,
               want_plain.length);
  octets_free(&got_plain);
  octets_free(&want_plain);
}

#endif /* CONVERSATION_H */
