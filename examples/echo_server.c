/*
 * A WebSocket server that sends everything back: many connections on one
 * thread, with sockets that do not block. See README.md beside this file.
 */
#include "connection.h"
#include "poller.h"
#include "server_options.h"
#include "text.h"
#include "timers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_EVENTS 64
#define MOST_ACCEPTS 64     /* then the connections have their turn */
#define ACCEPT_PAUSE 200    /* milliseconds, when descriptors have run out */
#define MOST_TURNED_AWAY 64 /* at a time; others get no answer */
#define OTHER_FILES 16      /* that the program has open besides connections */

struct entry {
  struct connection *connection;
  struct entry *previous, *next;
  struct timer timer;
  int watched;     /* what the poller waits for */
  int turned_away; /* one more than there may be */
};

struct server {
  struct server_options options;
  struct tls_context *tls; /* NULL: plain connections */
  struct poller *poller;
  net_socket listener, stop_request;
  struct entry *entries;
  struct timers timers;
  unsigned long connections;       /* so far */
  unsigned long open, turned_away; /* how many of each there are now */
  int listener_watched;
  long long paused_until; /* no accept before, if not 0 */
  int stopping;
};

/* ---- connections ---- */

static unsigned long *count_of(struct server *server, struct entry *entry) {
  return entry->turned_away ? &server->turned_away : &server->open;
}

static void forget(struct server *server, struct entry *entry) {
  int was_open = connection_was_open(entry->connection);
  *count_of(server, entry) -= 1;
  timers_set(&server->timers, &entry->timer, 0);
  poller_remove(server->poller, connection_socket(entry->connection));
  connection_free(entry->connection);
  if (entry->previous != NULL) {
    entry->previous->next = entry->next;
  } else {
    server->entries = entry->next;
  }
  if (entry->next != NULL) {
    entry->next->previous = entry->previous;
  }
  free(entry);
  server->paused_until = 0; /* there is a free descriptor again */
  if (server->options.once && was_open) {
    server->stopping = 1;
  }
}

/* After a step of a connection: forget it or wait for what it wants. */
static void settle(struct server *server, struct entry *entry, int lives) {
  int wants;
  if (!lives) {
    forget(server, entry);
    return;
  }
  timers_set(&server->timers, &entry->timer,
             connection_deadline(entry->connection));
  wants = connection_wants(entry->connection);
  if (wants != entry->watched) {
    entry->watched = wants;
    poller_change(server->poller, connection_socket(entry->connection), wants,
                  entry);
  }
}

static struct entry *new_entry(struct server *server, net_socket socket,
                               const char *peer) {
  struct entry *entry = calloc(1, sizeof *entry);
  if (entry == NULL ||
      !timers_reserve(&server->timers,
                      server->open + server->turned_away + 1)) {
    free(entry);
    return NULL;
  }
  entry->connection = connection_new(&server->options.connection, server->tls,
                                     socket, server->connections + 1, peer);
  if (entry->connection == NULL) {
    free(entry);
    return NULL;
  }
  entry->timer.owner = entry;
  entry->turned_away = server->open >= server->options.most_connections;
  return entry;
}

static int admit(struct server *server, net_socket socket, const char *peer) {
  struct entry *entry = new_entry(server, socket, peer);
  if (entry == NULL) {
    return 0;
  }
  server->connections++;
  *count_of(server, entry) += 1;
  entry->watched = connection_wants(entry->connection);
  entry->next = server->entries;
  if (entry->next != NULL) {
    entry->next->previous = entry;
  }
  server->entries = entry;
  if (!poller_add(server->poller, socket, entry->watched, entry)) {
    forget(server, entry);
  } else if (entry->turned_away) {
    settle(server, entry, connection_turn_away(entry->connection));
  } else {
    settle(server, entry, 1); /* its time runs */
  }
  return 1;
}

/* No time for an answer. The lines are those of any connection. */
static void shut_out(struct server *server, net_socket socket,
                     const char *peer) {
  server->connections++;
  log_line(server->connections, "connected from %s", peer);
  log_line(server->connections, "ended: %s: too many connections", peer);
  net_close(socket);
}

static void pause_accepting(struct server *server, const char *why) {
  printf("cannot accept for a moment: %s\n", why);
  server->paused_until = net_now() + ACCEPT_PAUSE;
}

static void accept_waiting(struct server *server) {
  int left = MOST_ACCEPTS;
  while (left-- > 0) {
    char peer[96];
    enum net_refusal why;
    net_socket socket = net_accept(server->listener, peer, sizeof peer, &why);
    if (socket != NET_NONE) {
      if (server->open >= server->options.most_connections &&
          server->turned_away >= MOST_TURNED_AWAY) {
        shut_out(server, socket, peer);
      } else if (!admit(server, socket, peer)) {
        net_close(socket);
        pause_accepting(server, "out of memory");
        return;
      }
    } else if (why == NET_EXHAUSTED) {
      pause_accepting(server, net_error());
      return;
    } else if (why == NET_NOBODY) {
      return;
    }
  }
}

/* ---- the loop ---- */

static void run_late(struct server *server, long long now) {
  struct timer *timer;
  while ((timer = timers_first(&server->timers)) != NULL &&
         timer->when <= now) {
    struct entry *entry = timer->owner;
    settle(server, entry, connection_late(entry->connection));
  }
}

/* Milliseconds until the next deadline, -1 without one. */
static long time_left(const struct server *server, long long now) {
  long long first = server->paused_until;
  const struct timer *timer = timers_first(&server->timers);
  if (timer != NULL && (first == 0 || timer->when < first)) {
    first = timer->when;
  }
  if (first == 0) {
    return -1;
  }
  return first > now ? (long)(first - now) : 0;
}

/* The listener is only watched while connections can be accepted. */
static void watch_listener(struct server *server, long long now) {
  int wants;
  if (server->paused_until != 0 && server->paused_until <= now) {
    server->paused_until = 0;
  }
  wants = server->paused_until == 0 ? NET_READABLE : 0;
  if (wants != server->listener_watched) {
    server->listener_watched = wants;
    poller_change(server->poller, server->listener, wants, &server->listener);
  }
}

static void handle_events(struct server *server, long milliseconds) {
  struct poller_event events[MOST_EVENTS];
  int i, count;
  fflush(stdout); /* Windows has no streams that are buffered by lines */
  count = poller_wait(server->poller, events, MOST_EVENTS, milliseconds);
  if (count < 0) {
    fprintf(stderr, "echo_server: %s\n", net_error());
    server->stopping = 1;
  }
  for (i = 0; i < count; i++) {
    if (events[i].owner == &server->stop_request) {
      server->stopping = 1;
    } else if (events[i].owner == &server->listener) {
      accept_waiting(server);
    } else {
      struct entry *entry = events[i].owner;
      settle(server, entry, connection_run(entry->connection, events[i].ready));
    }
  }
}

static void serve(struct server *server) {
  while (!server->stopping) {
    long long now = net_now();
    watch_listener(server, now);
    handle_events(server, time_left(server, now));
    run_late(server, net_now());
  }
}

/* Says goodbye to everybody and waits for their answers. */
static void say_goodbye(struct server *server) {
  struct entry *entry, *next;
  puts("stopping");
  poller_remove(server->poller, server->listener);
  net_stop_seen();
  for (entry = server->entries; entry != NULL; entry = next) {
    next = entry->next;
    settle(server, entry, connection_goodbye(entry->connection));
  }
  server->stopping = 0; /* a second request to stop ends it at once */
  while (server->entries != NULL && !server->stopping) {
    handle_events(server, time_left(server, net_now()));
    run_late(server, net_now());
  }
}

/* ---- start and end ---- */

static int start_tls(struct server *server) {
  const char *file = server->options.tls;
  if (file == NULL) {
    return 1;
  }
  server->tls = tls_for_server(file);
  if (server->tls == NULL) {
    fprintf(stderr, "echo_server: --tls: %s\n", tls_problem());
  }
  return server->tls != NULL;
}

/* Without descriptors for all that may come, they wait to be accepted. */
static void raise_limit(const struct server *server) {
  unsigned long wanted = server->options.most_connections + MOST_TURNED_AWAY;
  long most = net_most_sockets();
  if (most >= 0 && (unsigned long)most < wanted + OTHER_FILES) {
    fprintf(stderr,
            "echo_server: %ld descriptors are not enough for %lu connections; "
            "see ulimit -Hn\n",
            most, server->options.most_connections);
  }
}

static int start(struct server *server) {
  server->listener = server->stop_request = NET_NONE;
  server->poller = poller_new();
  if (server->poller == NULL ||
      (server->stop_request = net_stop_request()) == NET_NONE ||
      (server->listener = net_listen(server->options.host,
                                     server->options.port)) == NET_NONE ||
      !poller_add(server->poller, server->listener, NET_READABLE,
                  &server->listener) ||
      !poller_add(server->poller, server->stop_request, NET_READABLE,
                  &server->stop_request)) {
    fprintf(stderr, "echo_server: cannot listen on %s port %s: %s\n",
            server->options.host, server->options.port, net_error());
    return 0;
  }
  server->listener_watched = NET_READABLE;
  raise_limit(server);
  printf(strchr(server->options.host, ':') != NULL
             ? "listening on %s://[%s]:%u/\n"
             : "listening on %s://%s:%u/\n",
         server->tls != NULL ? "https" : "http", server->options.host,
         net_port(server->listener));
  return 1;
}

static void finish(struct server *server) {
  while (server->entries != NULL) {
    forget(server, server->entries);
  }
  timers_free(&server->timers);
  tls_context_free(server->tls);
  net_close(server->listener);
  net_stop_end();
  poller_free(server->poller);
}

int main(int count, char **arguments) {
  struct server server;
  int code;
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  memset(&server, 0, sizeof server);
  if (!net_start(&count, &arguments)) {
    fprintf(stderr, "echo_server: cannot start: %s\n", net_error());
    return 1;
  }
  code = server_options(&server.options, count, arguments);
  if (code >= 0) {
    return code;
  }
  code = start_tls(&server) && start(&server) ? 0 : 1;
  if (code == 0) {
    serve(&server);
    say_goodbye(&server);
  }
  finish(&server);
  return code;
}
