/*
 * The action loop in steps; part of session.h.
 *
 * Rows of docs/compatibility.md: *unused-slots*, *types-without-buffers*.
 */
#ifndef STEPS_H
#define STEPS_H

#define MOST_SLOTS 4
#define UNTOUCHED ((PBYTE)(uintptr_t)0x5A5A5A51)

/* All that one GetAction returned. */
struct step {
  HRESULT hr;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  ULONG count;
  WEB_SOCKET_BUFFER buffers[MOST_SLOTS];
  PVOID app;
  PVOID id;
};

/* The buffers of .NET are refused where a slot that is not in use changed. */
static inline void check_unused_slots(const struct step *step, ULONG slots) {
  ULONG i;
  for (i = step->count; i < MOST_SLOTS; i++) {
    CHECK_PTR(step->buffers[i].Data.pbBuffer, UNTOUCHED);
    CHECK_EQ(step->buffers[i].Data.ulBufferLength, 0x5A5A5A5A);
  }
  CHECK(step->count <= slots && step->count <= 2);
}

static inline void check_step(const struct step *step) {
  if (step->hr != S_OK || step->action == NO_ACTION) {
    CHECK(step->hr == S_OK || FAILED(step->hr));
    CHECK_EQ(step->action, NO_ACTION);
    CHECK_EQ(step->count, 0);
    CHECK_PTR(step->app, NULL);
    CHECK_PTR(step->id, NULL);
  } else {
    CHECK(step->id != NULL);
  }
  if (step->hr == S_OK &&
      (step->action == NO_ACTION || step->action == RECEIVE_FROM_NETWORK)) {
    CHECK_EQ(step->type, 0);
  }
  if (step->hr == S_OK && step->action == RECEIVE_FROM_NETWORK) {
    CHECK_EQ(step->count, 1);
    CHECK(step->buffers[0].Data.ulBufferLength > 0);
  }
  if (step->hr == S_OK && step->action == SEND_COMPLETE) {
    CHECK_EQ(step->count, 0);
  }
}

/* One GetAction; the outputs start as rubbish, so that each must be written. */
static inline struct step
get_action(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue, ULONG slots) {
  struct step step;
  ULONG i;
  step.action = (WEB_SOCKET_ACTION)99;
  step.type = type_of(0xDEAD);
  step.app = step.id = UNTOUCHED;
  step.count = slots;
  for (i = 0; i < MOST_SLOTS; i++) {
    step.buffers[i] = data_buffer(UNTOUCHED, 0x5A5A5A5A);
  }
  step.hr = WebSocketGetAction(h, queue, step.buffers, &step.count,
                               &step.action, &step.type, &step.app, &step.id);
  check_unused_slots(&step, slots);
  check_step(&step);
  return step;
}

static inline size_t step_length(const struct step *step) {
  size_t sum = 0;
  ULONG i;
  for (i = 0; i < step->count; i++) {
    sum += step->buffers[i].Data.ulBufferLength;
  }
  return sum;
}

static inline void complete_with(WEB_SOCKET_HANDLE h, const struct step *step,
                                 size_t transferred) {
  WebSocketCompleteAction(h, step->id, (ULONG)transferred);
}

/* Completes a send with the octets it asked for, an indication with 0. */
static inline void complete(WEB_SOCKET_HANDLE h, const struct step *step) {
  complete_with(h, step,
                step->action == SEND_TO_NETWORK ? step_length(step) : 0);
}

#define EXPECT(step, want_action, want_type, want_count, want_app)             \
  check_expected(__FILE__, __LINE__, #step, &(step), want_action,              \
                 (ULONG)(want_type), want_count, (const void *)(want_app))
#define EXPECT_NOTHING(step) EXPECT(step, NO_ACTION, 0, 0, NULL)
#define EXPECT_ERROR(step, want_hr)                                            \
  check_equal(__FILE__, __LINE__, #step, (step).hr, want_hr)

static inline void check_expected(const char *file, int line, const char *text,
                                  const struct step *step,
                                  WEB_SOCKET_ACTION action, ULONG type,
                                  ULONG count, const void *app) {
  if (step->hr != S_OK || step->action != action || (ULONG)step->type != type ||
      step->count != count || step->app != app) {
    check_fail(file, line, text);
    fprintf(stderr,
            "  got  hr %08lx action %d type %08lx buffers %lu context %p\n"
            "  want hr 00000000 action %d type %08lx buffers %lu context %p\n",
            (unsigned long)(ULONG)step->hr, (int)step->action,
            (unsigned long)(ULONG)step->type, (unsigned long)step->count,
            step->app, (int)action, (unsigned long)type, (unsigned long)count,
            app);
    exit(1);
  }
}

/* Nothing to do on that queue, and no error. */
#define EXPECT_IDLE(h, queue) check_idle(__FILE__, __LINE__, h, queue)

static inline void check_idle(const char *file, int line, WEB_SOCKET_HANDLE h,
                              WEB_SOCKET_ACTION_QUEUE queue) {
  struct step step = get_action(h, queue, 2);
  check_expected(file, line, "idle", &step, NO_ACTION, 0, 0, NULL);
}

static inline void append_buffers(struct octets *out, const struct step *step) {
  ULONG i;
  for (i = 0; i < step->count; i++) {
    octets_append(out, step->buffers[i].Data.pbBuffer,
                  step->buffers[i].Data.ulBufferLength);
  }
}

/* Runs SEND until the operation of `app` is indicated; collects its octets. */
static inline void run_send(WEB_SOCKET_HANDLE h, ULONG slots,
                            WEB_SOCKET_BUFFER_TYPE type, const void *app,
                            struct octets *wire) {
  for (;;) {
    struct step step = get_action(h, SEND_QUEUE, slots);
    if (step.action == SEND_COMPLETE) {
      EXPECT(step, SEND_COMPLETE, type, 0, app);
      complete(h, &step);
      return;
    }
    EXPECT(step, SEND_TO_NETWORK, type, step.count, app);
    CHECK(step.count >= 1);
    append_buffers(wire, &step);
    complete(h, &step);
  }
}

/* All of a send has gone, and that is what is indicated now. */
#define EXPECT_SENT(h, slots, type, app)                                       \
  check_sent(__FILE__, __LINE__, h, slots, (ULONG)(type), app)

static inline void check_sent(const char *file, int line, WEB_SOCKET_HANDLE h,
                              ULONG slots, ULONG type, const void *app) {
  struct step step = get_action(h, SEND_QUEUE, slots);
  check_expected(file, line, "sent", &step, SEND_COMPLETE, type, 0, app);
  complete(h, &step);
}

/* A receive comes back without data. */
#define EXPECT_BACK(h, queue, slots, app)                                      \
  check_back(__FILE__, __LINE__, h, queue, slots, app)

static inline void check_back(const char *file, int line, WEB_SOCKET_HANDLE h,
                              WEB_SOCKET_ACTION_QUEUE queue, ULONG slots,
                              const void *app) {
  struct step step = get_action(h, queue, slots);
  check_expected(file, line, "back", &step, RECEIVE_COMPLETE, 0, 0, app);
  complete(h, &step);
}

/* Queues one operation, runs it, returns its octets in `wire`. */
static inline void send_all(WEB_SOCKET_HANDLE h, ULONG slots,
                            WEB_SOCKET_BUFFER_TYPE type,
                            WEB_SOCKET_BUFFER *buffer, struct octets *wire) {
  static int context;
  CHECK_EQ(WebSocketSend(h, type, buffer, &context), S_OK);
  run_send(h, slots, type, &context, wire);
}

/* What a peer sent, handed over at most `chunk` octets a read. */
struct network {
  const BYTE *data;
  size_t length;
  size_t taken;
  size_t chunk;
  int reading; /* `read` is out and not completed */
  struct step read;
  size_t reads;
  size_t cut;  /* a read ends here, if not 0 */
  size_t need; /* to ask for more than so many octets is a fault, if not 0 */
  const BYTE **where; /* where each octet was put, if not NULL */
};

static inline struct network network_of(const struct octets *octets,
                                        size_t chunk) {
  struct network network;
  memset(&network, 0, sizeof network);
  network.data = octets->data;
  network.length = octets->length;
  network.chunk = chunk;
  return network;
}

/* Completes the read that is out with the next octets of the network. */
static inline void finish_read(WEB_SOCKET_HANDLE h, struct network *network) {
  size_t length = network->length - network->taken, i;
  if (length > network->chunk) {
    length = network->chunk;
  }
  if (network->taken < network->cut && length > network->cut - network->taken) {
    length = network->cut - network->taken;
  }
  if (length > network->read.buffers[0].Data.ulBufferLength) {
    length = network->read.buffers[0].Data.ulBufferLength;
  }
  memcpy(network->read.buffers[0].Data.pbBuffer, network->data + network->taken,
         length);
  for (i = 0; network->where != NULL && i < length; i++) {
    network->where[network->taken + i] =
        network->read.buffers[0].Data.pbBuffer + i;
  }
  network->taken += length;
  network->reading = 0;
  network->reads++;
  complete_with(h, &network->read, length);
}

/*
 * Serves reads until something else comes up, and returns that. When the
 * network has run dry it returns the read, which stays out and goes on with
 * the next call should the network have grown.
 */
static inline struct step pump(WEB_SOCKET_HANDLE h,
                               WEB_SOCKET_ACTION_QUEUE queue,
                               struct network *network) {
  for (;;) {
    if (!network->reading) {
      struct step step = get_action(h, queue, 1);
      if (step.hr != S_OK || step.action != RECEIVE_FROM_NETWORK) {
        return step;
      }
      CHECK(network->need == 0 || network->taken < network->need);
      network->read = step;
      network->reading = 1;
    }
    if (network->taken == network->length) {
      return network->read;
    }
    finish_read(h, network);
  }
}

/* One receive that must be indicated with this type and these octets. */
#define EXPECT_RECEIVED(h, network, type, octets, length)                      \
  check_received(__FILE__, __LINE__, h, network, (ULONG)(type), octets, length)

static inline void check_received(const char *file, int line,
                                  WEB_SOCKET_HANDLE h, struct network *network,
                                  ULONG type, const void *octets,
                                  size_t length) {
  static int context;
  struct step step;
  check_equal(file, line, "WebSocketReceive",
              WebSocketReceive(h, NULL, &context), S_OK);
  step = pump(h, RECEIVE_QUEUE, network);
  check_expected(file, line, "received", &step, RECEIVE_COMPLETE, type, 1,
                 &context);
  check_octets(file, line, "received", step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, octets, length);
  complete(h, &step);
}

#endif /* STEPS_H */
