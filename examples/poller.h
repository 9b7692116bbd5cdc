/*
 * Waits for many sockets at once: epoll on Linux, poll elsewhere; Windows has
 * the one of net_windows.c.
 */
#ifndef POLLER_H
#define POLLER_H

#include "net.h"

struct poller;

struct poller_event {
  void *owner;
  int ready; /* NET_READABLE, NET_WRITABLE; both when the socket is in trouble
              */
};

struct poller *poller_new(void);
void poller_free(struct poller *poller);

/* Watches a socket for `what`, which may be 0. Returns 0 on failure. */
int poller_add(struct poller *poller, net_socket socket, int what, void *owner);
int poller_change(struct poller *poller, net_socket socket, int what,
                  void *owner);
void poller_remove(struct poller *poller, net_socket socket);

/* Returns how many events there are; 0 when the time is over, -1 on failure. */
int poller_wait(struct poller *poller, struct poller_event *events, int room,
                long milliseconds);

#endif /* POLLER_H */
