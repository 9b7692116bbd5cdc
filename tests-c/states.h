/*
 * Handles of both kinds in each state that a caller can bring them to.
 * Included after session.h.
 */
#ifndef STATES_H
#define STATES_H

enum role { CLIENT, SERVER, ROLES };
enum state { CREATED, BEGUN, OPEN, ABORTED, STATES };

static const char *const state_names[ROLES][STATES] = {
    {"client created", "client begun", "client open", "client aborted"},
    {"server created", "server begun", "server open", "server aborted"}};

/* A handle and what a caller needs to go on with its handshake. */
struct subject {
  int role;
  int state;
  WEB_SOCKET_HANDLE h;
  char accept[29]; /* the answer that a client waits for */
};

static inline HRESULT begin(struct subject *subject,
                            PWEB_SOCKET_HTTP_HEADER *headers, ULONG *count) {
  WEB_SOCKET_HTTP_HEADER request[5];
  if (subject->role == CLIENT) {
    return WebSocketBeginClientHandshake(subject->h, NULL, 0, NULL, 0, NULL, 0,
                                         headers, count);
  }
  fake_request(request);
  return WebSocketBeginServerHandshake(subject->h, NULL, NULL, 0, request, 5,
                                       headers, count);
}

static inline void answer_headers(const struct subject *subject,
                                  WEB_SOCKET_HTTP_HEADER answer[3]) {
  answer[0] = header_of("Connection", "Upgrade");
  answer[1] = header_of("Upgrade", "websocket");
  answer[2] = header_of("Sec-WebSocket-Accept", subject->accept);
}

static inline HRESULT end(struct subject *subject) {
  WEB_SOCKET_HTTP_HEADER answer[3];
  if (subject->role == SERVER) {
    return WebSocketEndServerHandshake(subject->h);
  }
  answer_headers(subject, answer);
  return WebSocketEndClientHandshake(subject->h, answer, 3, NULL, NULL, NULL);
}

static inline void go_on(struct subject *subject, int state) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL, key;
  ULONG count = 0;
  if (subject->state == CREATED && state >= BEGUN) {
    CHECK_EQ(begin(subject, &headers, &count), S_OK);
    if (subject->role == CLIENT) {
      key = find_header(headers, count, "Sec-WebSocket-Key");
      CHECK(key != NULL);
      accept_for_key(key->pcValue, subject->accept);
    }
    subject->state = BEGUN;
  }
  if (subject->state == BEGUN && state >= OPEN) {
    CHECK_EQ(end(subject), S_OK);
    subject->state = OPEN;
  }
  if (subject->state == OPEN && state >= ABORTED) {
    WebSocketAbortHandle(subject->h);
    subject->state = ABORTED;
  }
}

static inline struct subject subject_in(int role, int state) {
  struct subject subject;
  memset(&subject, 0, sizeof subject);
  subject.role = role;
  subject.state = CREATED;
  if (role == CLIENT) {
    CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &subject.h), S_OK);
  } else {
    CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &subject.h), S_OK);
  }
  go_on(&subject, state);
  check_row = state_names[role][state];
  return subject;
}

/* Goes on as if nothing had happened, sends a message and deletes. */
static inline void finish(struct subject *subject) {
  struct octets wire = {NULL, 0, 0};
  WEB_SOCKET_BUFFER buffer = data_buffer("still fine", 10);
  struct frame frame;
  if (subject->state < ABORTED) {
    go_on(subject, OPEN);
    send_all(subject->h, 2, UTF8_MESSAGE, &buffer, &wire);
    frame = only_frame(&wire);
    CHECK_OCTETS(frame.payload, frame.length, "still fine", 10);
    octets_free(&wire);
  }
  EXPECT_IDLE(subject->h, ALL_QUEUES);
  WebSocketDeleteHandle(subject->h);
  check_row = "";
}

/* Runs a check with a fresh handle in every state. */
static inline void in_every_state(void (*check)(struct subject *)) {
  int role, state;
  for (role = 0; role < ROLES; role++) {
    for (state = 0; state < STATES; state++) {
      struct subject subject = subject_in(role, state);
      check(&subject);
      finish(&subject);
    }
  }
}

#endif /* STATES_H */
