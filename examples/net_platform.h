/*
 * What net.c and poller.c take from the system, and what net.c takes from
 * net_posix.c or net_windows.c. Comes before every other header.
 */
#ifndef NET_PLATFORM_H
#define NET_PLATFORM_H

#ifdef _WIN32

#define _WIN32_WINNT 0x0601 /* Windows 7 */
#include <winsock2.h>
#include <ws2tcpip.h>

typedef unsigned long nfds_t;

/* As POSIX has it, for POLLIN and POLLOUT. */
int poll(struct pollfd *wanted, nfds_t count, int milliseconds);

#define net_failure() WSAGetLastError()
#define net_set_failure(code) WSASetLastError(code)

#else

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#define net_failure() errno
#define net_set_failure(code) (errno = (code))

#endif

#include "net.h"

/* Makes a socket not block, and not be inherited by programs that we start. */
int net_prepare(net_socket socket);

/* A listener may have its port. Returns 0 on failure. */
int net_claim_port(net_socket listener);

/* Whether the last failure was only that a call would block. */
int net_would_block(void);

/* Whether it was that there are no more descriptors, or no memory. */
int net_is_exhausted(void);

/* Words for the last failure, and for what getaddrinfo returned. */
const char *net_system_error(void);
const char *net_resolver_error(int code);

/* What read and write functions returned, negative on failure, for net.h. */
long net_result(long octets);

/* What becomes readable when standard input does. */
net_socket net_input(void);

#endif /* NET_PLATFORM_H */
