/*
 * The calls of a server on HTTP.sys whose callbacks run on the threads of a
 * pool: one slot, both queues, no lock around the handle. The library gives a
 * read or a write to one thread at a time, so the streams need no lock either.
 *
 * Rows of docs/compatibility.md: *threads*, *one-slot*,
 * *receive-before-complete*.
 */
#include "threads.h"

/* So many that the threads are in the library at the same time. */
enum { THREADS = 4, SENDS = 5000, MESSAGES = 20000 };

static WEB_SOCKET_HANDLE h;
static struct octets written; /* touched between GetAction and CompleteAction */
static struct octets received; /* likewise */
static struct octets peer;
static size_t taken;
static struct step last_read; /* the read that found nothing any more */
static struct gate gate;
static pthread_mutex_t tally = PTHREAD_MUTEX_INITIALIZER;
static int sent[THREADS * SENDS];

/* A read that is out: whatever has come, a few octets at a time. */
static void do_read(const struct step *step) {
  size_t length = peer.length - taken;
  if (length == 0) {
    last_read = *step;
    return;
  }
  length = length > 100 ? 100 : length;
  memcpy(step->buffers[0].Data.pbBuffer, peer.data + taken, length);
  taken += length;
  complete_with(h, step, length);
}

/* A message is followed by the next receive before it is completed. */
static void do_message(const struct step *step) {
  octets_append(&received, step->buffers[0].Data.pbBuffer,
                step->buffers[0].Data.ulBufferLength);
  CHECK_EQ(step->type, BINARY_MESSAGE);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  complete(h, step);
}

static void count_sent(const struct step *step) {
  pthread_mutex_lock(&tally);
  ++*(int *)step->app;
  pthread_mutex_unlock(&tally);
  complete(h, step);
}

/* The callback: everything that can be had until nothing can. */
static void turn(void) {
  for (;;) {
    struct step step = get_action(h, ALL_QUEUES, 1);
    CHECK_EQ(step.hr, S_OK);
    switch (step.action) {
    case NO_ACTION:
      return;
    case SEND_TO_NETWORK:
      append_buffers(&written, &step);
      complete(h, &step);
      break;
    case SEND_COMPLETE:
      count_sent(&step);
      break;
    case RECEIVE_FROM_NETWORK:
      do_read(&step);
      break;
    case RECEIVE_COMPLETE:
      CHECK_EQ(step.count, 1);
      do_message(&step);
      break;
    }
  }
}

/* Each thread sends texts with its number in front and runs the callback. */
static void *pool_thread(void *argument) {
  int first = *(const int *)argument * SENDS, i;
  gate_pass(&gate);
  for (i = 0; i < SENDS; i++) {
    WEB_SOCKET_BUFFER buffer = data_buffer(&first, sizeof first);
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &sent[first + i]), S_OK);
    turn();
  }
  /* Whoever holds an action goes on behind it; nobody has to wait. */
  for (i = 0; i < SENDS; i++) {
    for (;;) {
      int done;
      pthread_mutex_lock(&tally);
      done = sent[first + i];
      pthread_mutex_unlock(&tally);
      if (done) {
        break;
      }
      sched_yield();
      turn();
    }
  }
  return NULL;
}

static void check_written(void) {
  int counts[THREADS] = {0}, i, first;
  size_t at = 0, pongs = 0;
  while (at < written.length) {
    struct frame frame = take_frame(&written, &at);
    if (frame.first == (FIN | OP_PONG)) {
      pongs++;
      continue;
    }
    CHECK_EQ(frame.first, FIN | OP_TEXT);
    CHECK_EQ(frame.length, sizeof first);
    memcpy(&first, frame.payload, sizeof first);
    counts[first / SENDS]++;
  }
  CHECK(pongs > 0);
  for (i = 0; i < THREADS; i++) {
    CHECK_EQ(counts[i], SENDS);
  }
  for (i = 0; i < THREADS * SENDS; i++) {
    CHECK_EQ(sent[i], 1);
  }
}

static void check_octets_received(const struct octets *want) {
  CHECK_OCTETS(received.data, received.length, want->data, want->length);
  CHECK_EQ(last_read.action, RECEIVE_FROM_NETWORK);
  complete_with(h, &last_read, 0);
  EXPECT_BACK(h, ALL_QUEUES, 1, NULL);
}

int main(void) {
  pthread_t threads[THREADS];
  int numbers[THREADS];
  struct octets want = {0};
  int i;
  h = server_with(NULL, 0);
  for (i = 0; i < MESSAGES; i++) {
    append_frame(&peer, FIN | OP_BINARY, test_mask, &i, sizeof i);
    octets_append(&want, &i, sizeof i);
    if (i % 10 == 0) {
      append_frame(&peer, FIN | OP_PING, test_mask, &i, sizeof i);
    }
  }
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  gate_init(&gate, THREADS);
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    threads[i] = start(pool_thread, &numbers[i]);
  }
  for (i = 0; i < THREADS; i++) {
    join(threads[i]);
  }
  gate_free(&gate);
  turn();
  check_written();
  check_octets_received(&want);
  octets_free(&want);
  octets_free(&peer);
  octets_free(&written);
  octets_free(&received);
  WebSocketDeleteHandle(h);
  return 0;
}
