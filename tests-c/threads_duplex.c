/*
 * A client and a server in one process, joined by two pipes in memory. Each
 * side has a thread that sends and one that receives; both send at full speed,
 * with pings between the messages, and every octet is checked.
 *
 * A number as argument sets the messages of each side.
 */
#include "threads.h"

#define MOST_MESSAGE 1500
#define PIPE_FULL 65536
#define MOST_AHEAD 100

/* Octets on their way. Writers of messages wait while it is full, those of
 * pongs do not, as they are what empties the other pipe. */
struct pipe {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct octets octets;
  size_t taken;
};

/* One end: a handle, and the pipes that lead away from it and to it. */
struct side {
  const char *name;
  WEB_SOCKET_HANDLE h;
  struct pipe *out, *in;
  ULONG messages;
  ULONG seed;      /* of what it sends */
  ULONG peer_seed; /* of what it receives */
  pthread_mutex_t lock;
  pthread_cond_t progress;
  ULONG completed; /* actions, of both threads */
  ULONG received;  /* messages */
  ULONG pongs;     /* that were received */
  ULONG answers;   /* pongs that were sent */
};

static void pipe_init(struct pipe *pipe) {
  memset(pipe, 0, sizeof *pipe);
  CHECK_EQ(pthread_mutex_init(&pipe->lock, NULL), 0);
  CHECK_EQ(pthread_cond_init(&pipe->changed, NULL), 0);
}

static void pipe_free(struct pipe *pipe) {
  pthread_cond_destroy(&pipe->changed);
  pthread_mutex_destroy(&pipe->lock);
  octets_free(&pipe->octets);
}

static void pipe_write(struct pipe *pipe, const struct step *step, int waits) {
  pthread_mutex_lock(&pipe->lock);
  while (waits && pipe->octets.length - pipe->taken > PIPE_FULL) {
    pthread_cond_wait(&pipe->changed, &pipe->lock);
  }
  if (pipe->taken == pipe->octets.length) {
    pipe->taken = pipe->octets.length = 0;
  }
  append_buffers(&pipe->octets, step);
  pthread_cond_broadcast(&pipe->changed);
  pthread_mutex_unlock(&pipe->lock);
}

/* Waits for at least one octet. */
static size_t pipe_read(struct pipe *pipe, BYTE *target, size_t most) {
  size_t length;
  pthread_mutex_lock(&pipe->lock);
  while (pipe->taken == pipe->octets.length) {
    pthread_cond_wait(&pipe->changed, &pipe->lock);
  }
  length = pipe->octets.length - pipe->taken;
  length = length < most ? length : most;
  memcpy(target, pipe->octets.data + pipe->taken, length);
  pipe->taken += length;
  pthread_cond_broadcast(&pipe->changed);
  pthread_mutex_unlock(&pipe->lock);
  return length;
}

/* ---- messages, each of which follows from its number ---- */

static size_t message_length(ULONG seed, ULONG number) {
  ULONG mixed = (number * 2654435761u) ^ seed;
  return number % 7 == 0 ? mixed % MOST_MESSAGE : mixed % 90;
}

static void fill_message(ULONG seed, ULONG number, BYTE *octets) {
  size_t i, length = message_length(seed, number);
  for (i = 0; i < length; i++) {
    octets[i] = (BYTE)(' ' + (number + seed + i * 11) % 95);
  }
}

static int is_text(ULONG number) { return number % 2 == 0; }

/* ---- the thread that sends ---- */

static void side_complete(struct side *side, const struct step *step,
                          size_t count) {
  complete_with(side->h, step, count);
  pthread_mutex_lock(&side->lock);
  side->completed++;
  side->received +=
      step->action == RECEIVE_COMPLETE &&
      (step->type == UTF8_MESSAGE || step->type == BINARY_MESSAGE);
  pthread_cond_broadcast(&side->progress);
  pthread_mutex_unlock(&side->lock);
}

/* Neither side runs ahead of the other, so that pings and pongs go both ways
 * all the time. */
static void wait_for_peer(struct side *side, ULONG number) {
  pthread_mutex_lock(&side->lock);
  while (number > side->received + MOST_AHEAD) {
    pthread_cond_wait(&side->progress, &side->lock);
  }
  pthread_mutex_unlock(&side->lock);
}

/* The next action of a send that is queued. The other thread may have a pong
 * out; there is nothing to do then until that is completed. */
static struct step next_send(struct side *side) {
  for (;;) {
    struct step step;
    ULONG completed;
    pthread_mutex_lock(&side->lock);
    completed = side->completed;
    pthread_mutex_unlock(&side->lock);
    step = get_action(side->h, SEND_QUEUE, 2);
    CHECK_EQ(step.hr, S_OK);
    if (step.action != NO_ACTION) {
      return step;
    }
    pthread_mutex_lock(&side->lock);
    while (side->completed == completed) {
      pthread_cond_wait(&side->progress, &side->lock);
    }
    pthread_mutex_unlock(&side->lock);
  }
}

static void send_one(struct side *side, WEB_SOCKET_BUFFER_TYPE type,
                     WEB_SOCKET_BUFFER *buffer) {
  CHECK_EQ(WebSocketSend(side->h, type, buffer, buffer), S_OK);
  for (;;) {
    struct step step = next_send(side);
    if (step.action == SEND_COMPLETE) {
      EXPECT(step, SEND_COMPLETE, type, 0, buffer);
      side_complete(side, &step, 0);
      return;
    }
    EXPECT(step, SEND_TO_NETWORK, type, step.count, buffer);
    pipe_write(side->out, &step, 1);
    side_complete(side, &step, step_length(&step));
  }
}

static void *send_run(void *argument) {
  struct side *side = (struct side *)argument;
  WEB_SOCKET_BUFFER bye = close_buffer(1000, "done", 4);
  BYTE octets[MOST_MESSAGE];
  ULONG number;
  for (number = 0; number < side->messages; number++) {
    size_t length = message_length(side->seed, number), first = length / 3;
    WEB_SOCKET_BUFFER buffer = data_buffer(octets, first);
    wait_for_peer(side, number);
    fill_message(side->seed, number, octets);
    if (number % 5 == 0) {
      send_one(side, is_text(number) ? UTF8_FRAGMENT : BINARY_FRAGMENT,
               &buffer);
    } else {
      first = 0;
    }
    if (number % 3 == 0) {
      send_one(side, PING_PONG, NULL);
    }
    buffer = data_buffer(octets + first, length - first);
    send_one(side, is_text(number) ? UTF8_MESSAGE : BINARY_MESSAGE, &buffer);
  }
  send_one(side, CLOSE, &bye);
  return NULL;
}

/* ---- the thread that receives ---- */

/* Serves the network until something is indicated. */
static struct step next_receive(struct side *side) {
  for (;;) {
    struct step step = get_action(side->h, RECEIVE_QUEUE, 1);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == RECEIVE_COMPLETE) {
      return step;
    }
    if (step.action == RECEIVE_FROM_NETWORK) {
      side_complete(side, &step,
                    pipe_read(side->in, step.buffers[0].Data.pbBuffer,
                              step.buffers[0].Data.ulBufferLength));
    } else {
      EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
      pipe_write(side->out, &step, 0);
      side->answers++;
      side_complete(side, &step, step_length(&step));
    }
  }
}

/* Compares a piece of the message that is coming in; returns if it ends. */
static int check_message(struct side *side, const struct step *step,
                         ULONG number, size_t *done) {
  BYTE octets[MOST_MESSAGE];
  size_t length = message_length(side->peer_seed, number);
  size_t piece = step_length(step);
  int ends = step->type == UTF8_MESSAGE || step->type == BINARY_MESSAGE;
  fill_message(side->peer_seed, number, octets);
  CHECK(number < side->messages && *done + piece <= length);
  CHECK_OCTETS(step->buffers[0].Data.pbBuffer, piece, octets + *done, piece);
  CHECK_EQ(step->type == UTF8_MESSAGE || step->type == UTF8_FRAGMENT,
           is_text(number));
  *done += piece;
  if (ends) {
    CHECK_EQ(*done, length);
    *done = 0;
  }
  return ends;
}

static void *receive_run(void *argument) {
  struct side *side = (struct side *)argument;
  ULONG number = 0;
  size_t done = 0;
  CHECK_EQ(WebSocketReceive(side->h, NULL, side), S_OK);
  for (;;) {
    struct step step = next_receive(side);
    EXPECT(step, RECEIVE_COMPLETE, step.type, 1, side);
    if (step.type == CLOSE) {
      CHECK_EQ(step.buffers[0].CloseStatus.usStatus, 1000);
      side_complete(side, &step, 0);
      break;
    }
    if (step.type == PING_PONG) {
      side->pongs++;
    } else {
      number += (ULONG)check_message(side, &step, number, &done);
    }
    /* The next one is asked for before this one is completed. */
    CHECK_EQ(WebSocketReceive(side->h, NULL, side), S_OK);
    side_complete(side, &step, 0);
  }
  CHECK_EQ(number, side->messages);
  return NULL;
}

/* ---- both sides ---- */

static void side_init(struct side *side, const char *name, WEB_SOCKET_HANDLE h,
                      struct pipe *out, struct pipe *in) {
  memset(side, 0, sizeof *side);
  side->name = name;
  side->h = h;
  side->out = out;
  side->in = in;
  CHECK_EQ(pthread_mutex_init(&side->lock, NULL), 0);
  CHECK_EQ(pthread_cond_init(&side->progress, NULL), 0);
}

static void side_free(struct side *side, ULONG pings) {
  EXPECT_IDLE(side->h, SEND_QUEUE);
  CHECK_EQ(side->received, side->messages);
  /* Several pings may share an answer, and late ones may not get any. */
  CHECK(side->pongs <= pings && side->answers <= pings);
  printf("%s: %lu pongs received, %lu pings answered\n", side->name,
         (unsigned long)side->pongs, (unsigned long)side->answers);
  pthread_cond_destroy(&side->progress);
  pthread_mutex_destroy(&side->lock);
  WebSocketDeleteHandle(side->h);
}

static void run_pair(ULONG messages, ULONG receive, ULONG send) {
  struct pipe pipes[2];
  struct side sides[2];
  pthread_t threads[4];
  size_t i;
  pipe_init(&pipes[0]);
  pipe_init(&pipes[1]);
  side_init(&sides[0], "client", client_sized(receive, send), &pipes[0],
            &pipes[1]);
  side_init(&sides[1], "server", server_sized(receive, send), &pipes[1],
            &pipes[0]);
  for (i = 0; i < 2; i++) {
    sides[i].messages = messages;
    sides[i].seed = (ULONG)(1000 * i);
    sides[i].peer_seed = (ULONG)(1000 * (1 - i));
  }
  for (i = 0; i < 2; i++) {
    threads[2 * i] = start(send_run, &sides[i]);
    threads[2 * i + 1] = start(receive_run, &sides[i]);
  }
  for (i = 0; i < 4; i++) {
    join(threads[i]);
  }
  CHECK(messages < 1000 || sides[0].answers + sides[1].answers > 0);
  side_free(&sides[0], messages);
  side_free(&sides[1], messages);
  pipe_free(&pipes[0]);
  pipe_free(&pipes[1]);
}

int main(int argc, char **argv) {
  ULONG messages = argc > 1 ? (ULONG)strtoul(argv[1], NULL, 10) : 20000;
  run_pair(messages, 256, 16);
  run_pair(messages, 4096, 256);
  return 0;
}
