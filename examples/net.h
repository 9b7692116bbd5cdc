/*
 * What the examples want of the system, in one place so that it can be
 * replaced: net.c has what is the same everywhere, net_posix.c the rest for
 * POSIX, net_windows.c and console_windows.c for Windows.
 */
#ifndef NET_H
#define NET_H

#include <stddef.h>
#include <stdio.h>

#ifdef _WIN32
#include <stdint.h>
typedef uintptr_t net_socket; /* as Winsock's SOCKET */
#else
typedef int net_socket;
#endif
#define NET_NONE ((net_socket) - 1)

/*
 * To be called first, with what main was given. For Windows it begins with
 * Winsock, makes the arguments UTF-8, and has octets printed as they are.
 * Returns 0 on failure.
 */
int net_start(int *count, char ***arguments);

/*
 * Lets the program have as many sockets as the system allows it; how many
 * files and sockets that are, -1 if nobody knows.
 */
long net_most_sockets(void);

/* Opens a file to read its octets; the name is one of the arguments. */
FILE *net_open(const char *name);

/* What net_read and net_write return besides a number of octets. */
#define NET_AGAIN (-1)  /* would block: wait until the socket is ready */
#define NET_FAILED (-2) /* net_error says why */

/* What net_accept returns in `why` besides a socket. */
enum net_refusal {
  NET_NOBODY,    /* no more connections are waiting */
  NET_EXHAUSTED, /* out of descriptors or memory: try again later */
  NET_BROKEN     /* this one connection failed; there may be others */
};

#define NET_MOST_PARTS 4

struct net_part {
  const void *octets;
  size_t length;
};

/* A socket that listens; NET_NONE on failure. Port "0" lets the system pick. */
net_socket net_listen(const char *host, const char *port);

/* The port that a socket is bound to. */
unsigned net_port(net_socket listener);

/* The next connection, not blocking, with the address of the peer. */
net_socket net_accept(net_socket listener, char *peer, size_t peer_room,
                      enum net_refusal *why);

/* Connects, blocking; the socket does not block afterwards. */
net_socket net_connect(const char *host, const char *port);

/* Octets read, 0 at the end of the stream, or NET_AGAIN, NET_FAILED. */
long net_read(net_socket socket, void *octets, size_t room);

/* Octets written of all parts together, or NET_AGAIN, NET_FAILED. */
long net_write(net_socket socket, const struct net_part *parts, int count);

/* Sends no more, but still reads. */
void net_finish(net_socket socket);

void net_close(net_socket socket);

/* What the last failure was, for people. */
const char *net_error(void);

/* What net_wait waits for, and what it returns. */
#define NET_READABLE 1
#define NET_WRITABLE 2
#define NET_INPUT 4 /* standard input can be read */

/* Waits at most so many milliseconds, -1 for ever; 0 when the time is over. */
int net_wait(net_socket socket, int what, long milliseconds);

/* Reads standard input like net_read; what a console gives comes as UTF-8. */
long net_read_input(void *octets, size_t room);

/*
 * Something that becomes readable when the program is asked to end (SIGINT,
 * SIGTERM; Ctrl+C and a closed console). It also sees to it that a peer which
 * went away does not end us.
 */
net_socket net_stop_request(void);

/* The request is known; the next one can be seen again. */
void net_stop_seen(void);

/* From now on such requests end the program at once. */
void net_stop_end(void);

/* Milliseconds of a clock that only goes forward. */
long long net_now(void);

#endif /* NET_H */
