/*
 * A handle from its making to its deletion, with the threads that work on it:
 * what stress.c has many of.
 */
#ifndef STRESS_LIFE_H
#define STRESS_LIFE_H

#include "threads.h"

#define TEXTS 30    /* that are sent in a life */
#define MESSAGES 30 /* that the peer sends */
#define PINGS 6     /* pings and pongs of the keep-alive, each */
#define RECEIVES (MESSAGES + 2)
#define MOST_TEXT 60
#define PERIOD 26

/* An operation, to be indicated once. */
struct operation {
  int state; /* 0 free, 1 queued, 2 refused, 3 indicated */
};

enum { SENDER, RECEIVER, KEEPER, ABORTER, WORKERS };

/* A handle from its making to its deletion. */
struct life {
  WEB_SOCKET_HANDLE h;
  struct gate gate;
  int server;
  int abort_at; /* so many actions; 0: when all is done */
  int actions;
  int aborted;
  int done;
  int phases[WORKERS]; /* for the watchdog: 1 at work, 2 at its end */
  struct operation texts[TEXTS], keeps[2 * PINGS], receives[RECEIVES];
  ULONG queued_octets; /* of the texts that were taken */
  struct octets wire;  /* touched by whoever has an action of SEND */
  struct octets inbox; /* what follows is the receiver's alone */
  size_t taken;        /* octets of the inbox that were read */
  ULONG fed, received; /* octets of messages */
  int fed_messages, received_messages, asked;
};

/* All that moves counts here, for the watchdog. */
static long moves;
static long lives, actions, octets_sent, octets_received;

static char pattern[PERIOD + MOST_TEXT];

static int load(const int *number) {
  return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

static void store(int *number, int value) {
  __atomic_store_n(number, value, __ATOMIC_RELEASE);
}

static void count(long *number, long by) {
  __atomic_fetch_add(number, by, __ATOMIC_RELAXED);
}

static void settle(struct operation *operation, int state) {
  CHECK_EQ(__atomic_exchange_n(&operation->state, state, __ATOMIC_ACQ_REL), 1);
}

static size_t text_length(int number) {
  return (size_t)(number * 7 % MOST_TEXT + 1);
}

/* ---- what any thread does with an action ---- */

static int is_among(const void *pointer, const struct operation *first,
                    size_t length) {
  const struct operation *operation = (const struct operation *)pointer;
  return operation >= first && operation < first + length;
}

static void end_operation(struct life *life, const struct step *step) {
  if (step->action == SEND_COMPLETE) {
    CHECK(is_among(step->app, life->texts, COUNT(life->texts)) ||
          is_among(step->app, life->keeps, COUNT(life->keeps)));
  } else {
    CHECK(is_among(step->app, life->receives, COUNT(life->receives)));
  }
  settle((struct operation *)step->app, 3);
}

static void finish(struct life *life, const struct step *step, size_t length) {
  complete_with(life->h, step, length);
  __atomic_fetch_add(&life->actions, 1, __ATOMIC_RELEASE);
  count(&moves, 1);
  count(&actions, 1);
}

/* The next of SEND, if there is one. */
static int turn_send(struct life *life) {
  struct step step = get_action(life->h, SEND_QUEUE, 2);
  CHECK_EQ(step.hr, S_OK);
  if (step.action == NO_ACTION) {
    sched_yield();
    return 0;
  }
  if (step.action == SEND_COMPLETE) {
    end_operation(life, &step);
  } else {
    CHECK_EQ(step.action, SEND_TO_NETWORK);
    append_buffers(&life->wire, &step);
  }
  finish(life, &step, step_length(&step));
  return 1;
}

static void queue(struct life *life, struct operation *operation,
                  WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER *buffer) {
  HRESULT hr;
  store(&operation->state, 1);
  hr = WebSocketSend(life->h, type, buffer, operation);
  if (hr != S_OK) {
    CHECK_EQ(hr, OPERATION_ERROR);
    CHECK(life->abort_at != 0);
    settle(operation, 2);
  }
}

/* Serves SEND until these have come back, or the handle is aborted. */
static void serve_until_back(struct life *life, struct operation *operations,
                             size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    while (load(&operations[i].state) == 1 && !load(&life->aborted)) {
      turn_send(life);
    }
  }
}

/* ---- the four threads ---- */

static void send_texts(struct life *life) {
  size_t at = 0;
  int i;
  for (i = 0; i < TEXTS; i++) {
    WEB_SOCKET_BUFFER text = data_buffer(pattern + at % PERIOD, text_length(i));
    queue(life, &life->texts[i], UTF8_MESSAGE, &text);
    at += load(&life->texts[i].state) == 2 ? 0 : text_length(i);
    turn_send(life);
  }
  life->queued_octets = (ULONG)at;
  serve_until_back(life, life->texts, COUNT(life->texts));
}

static void keep_alive(struct life *life) {
  int i;
  for (i = 0; i < 2 * PINGS; i++) {
    queue(life, &life->keeps[i], i % 2 ? UNSOLICITED_PONG : PING_PONG, NULL);
    turn_send(life);
    sched_yield();
  }
  serve_until_back(life, life->keeps, COUNT(life->keeps));
}

/* The peer's next message, now and then behind a ping. */
static void peer_goes_on(struct life *life) {
  const BYTE *mask = peer_mask(life->server);
  size_t length = text_length(life->fed_messages);
  if (life->fed_messages % 3 == 0) {
    append_frame(&life->inbox, FIN | OP_PING, mask, "beat", 4);
  }
  append_frame(&life->inbox, FIN | OP_TEXT, mask, pattern + life->fed % PERIOD,
               length);
  life->fed += (ULONG)length;
  life->fed_messages++;
}

/* A read; with nothing left to come it gives its receive up. */
static size_t fill_read(struct life *life, const struct step *step) {
  size_t length = step->buffers[0].Data.ulBufferLength, left;
  if (life->taken == life->inbox.length && life->fed_messages < MESSAGES) {
    peer_goes_on(life);
  }
  left = life->inbox.length - life->taken;
  if (length > left) {
    length = left;
  }
  if (length > 17 && life->taken % 3 != 0) {
    length = 17; /* frames are cut */
  }
  memcpy(step->buffers[0].Data.pbBuffer, life->inbox.data + life->taken,
         length);
  life->taken += length;
  return length;
}

static void check_message(struct life *life, const struct step *step) {
  size_t length = step->buffers[0].Data.ulBufferLength;
  CHECK_OCTETS(step->buffers[0].Data.pbBuffer, length,
               pattern + life->received % PERIOD, length);
  CHECK_EQ(step->type, UTF8_MESSAGE);
  life->received += (ULONG)length;
  life->received_messages++;
}

static void turn_receive(struct life *life) {
  struct step step = get_action(life->h, RECEIVE_QUEUE, 1);
  size_t length = step_length(&step);
  CHECK_EQ(step.hr, S_OK);
  switch (step.action) {
  case NO_ACTION:
    sched_yield();
    return;
  case RECEIVE_FROM_NETWORK:
    length = fill_read(life, &step);
    break;
  case RECEIVE_COMPLETE:
    if (step.count != 0) {
      check_message(life, &step);
    }
    end_operation(life, &step);
    break;
  default:
    EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
    append_buffers(&life->wire, &step);
  }
  finish(life, &step, length);
}

static void receive_messages(struct life *life) {
  while (!load(&life->aborted) && life->received_messages < MESSAGES) {
    if (life->asked < MESSAGES &&
        life->asked < life->received_messages + 2) { /* one ahead */
      struct operation *operation = &life->receives[life->asked++];
      HRESULT hr;
      store(&operation->state, 1);
      hr = WebSocketReceive(life->h, NULL, operation);
      if (hr != S_OK) {
        CHECK_EQ(hr, OPERATION_ERROR);
        settle(operation, 2);
      }
    }
    turn_receive(life);
  }
}

static void abort_in_time(struct life *life) {
  while (load(&life->done) < WORKERS - 1 &&
         (life->abort_at == 0 || load(&life->actions) < life->abort_at)) {
    sched_yield();
  }
  WebSocketAbortHandle(life->h);
  store(&life->aborted, 1);
}

/* ---- a life ---- */

struct worker {
  struct life *life;
  int number;
};

static void *work(void *argument) {
  static void (*const works[])(struct life *) = {send_texts, receive_messages,
                                                 keep_alive, abort_in_time};
  struct worker *worker = (struct worker *)argument;
  struct life *life = worker->life;
  gate_pass(&life->gate);
  store(&life->phases[worker->number], 1);
  works[worker->number](life);
  store(&life->phases[worker->number], 2);
  __atomic_fetch_add(&life->done, 1, __ATOMIC_RELEASE);
  return NULL;
}

/* What is left comes back without octets; then the handle goes. */
static void *drain_and_delete(void *argument) {
  struct life *life = (struct life *)argument;
  for (;;) {
    struct step step = get_action(life->h, ALL_QUEUES, 2);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      break;
    }
    CHECK(step.action == SEND_COMPLETE || step.action == RECEIVE_COMPLETE);
    CHECK_EQ(step.count, 0);
    end_operation(life, &step);
    finish(life, &step, 0);
  }
  WebSocketDeleteHandle(life->h);
  return NULL;
}

static void check_operations(const struct operation *operations,
                             size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    CHECK(operations[i].state != 1);
  }
}

/* Whole frames, but for one that an abort cut off, with the octets of the texts
 * in their order and whatever keeps alive in between. */
static void check_wire(struct life *life) {
  size_t at = 0, texts = 0, controls = 0;
  while (at < life->wire.length) {
    size_t left = life->wire.length - at, header = life->server ? 2 : 6;
    struct frame frame;
    if (life->abort_at != 0 &&
        (left < 2 || left < header + (life->wire.data[at + 1] & 0x7F))) {
      break;
    }
    frame = take_frame(&life->wire, &at);
    CHECK_EQ(frame.masked, !life->server);
    if (frame.first != (FIN | OP_TEXT)) {
      CHECK(frame.first == (FIN | OP_PING) || frame.first == (FIN | OP_PONG));
      controls++;
      continue;
    }
    CHECK_OCTETS(frame.payload, frame.length, pattern + texts % PERIOD,
                 frame.length);
    texts += frame.length;
  }
  CHECK(texts <= life->queued_octets);
  if (life->abort_at == 0) {
    CHECK_EQ(texts, life->queued_octets);
    CHECK(controls >= 2 * PINGS);
  }
  count(&octets_sent, (long)life->wire.length);
}

static void check_life(struct life *life) {
  check_operations(life->texts, COUNT(life->texts));
  check_operations(life->keeps, COUNT(life->keeps));
  check_operations(life->receives, COUNT(life->receives));
  CHECK(life->received <= life->fed);
  if (life->abort_at == 0) {
    CHECK_EQ(life->received, life->fed);
    CHECK_EQ(life->received_messages, MESSAGES);
    CHECK_EQ(life->taken, life->inbox.length);
  }
  check_wire(life);
  count(&octets_received, (long)life->taken);
  count(&lives, 1);
}

/* Every second life ends when all is done, the others earlier and earlier. */
static void live(struct life *life, int slot, int number) {
  struct worker workers[WORKERS];
  pthread_t threads[WORKERS];
  int i;
  memset(life, 0, sizeof *life);
  life->server = (slot + number / 2) % 2;
  life->abort_at = number % 2 ? (slot * 31 + number * 17) % 150 + 1 : 0;
  life->h = plain_handle(life->server, 256);
  gate_init(&life->gate, WORKERS);
  for (i = 0; i < WORKERS; i++) {
    workers[i].life = life;
    workers[i].number = i;
    threads[i] = start(work, &workers[i]);
  }
  for (i = 0; i < WORKERS; i++) {
    join(threads[i]);
  }
  join(start(drain_and_delete, life));
  check_life(life);
  gate_free(&life->gate);
  octets_free(&life->wire);
  octets_free(&life->inbox);
}

#endif /* STRESS_LIFE_H */
