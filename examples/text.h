/* Words for people: names of numbers, strings of a peer made harmless. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdio.h>
#include <websocket.h>

/* "text", "binary", "close", "ping or pong". */
const char *text_type(WEB_SOCKET_BUFFER_TYPE type);

/* Whether this is the last piece of a message. */
int text_is_last(WEB_SOCKET_BUFFER_TYPE type);

/* The name of an error code, or "error". */
const char *text_hresult(HRESULT hr);

/* What a peer has done: an error and the close code that goes with it. */
const char *text_fault(HRESULT hr, USHORT status);

/*
 * Writes octets in quotes. A peer must not be able to write lines of its own
 * into a log or to steer a terminal: control characters become \xHH.
 */
void text_quote(FILE *out, const void *octets, size_t length);

/* Writes a close as `1000 "reason"`. */
void text_close(FILE *out, const WEB_SOCKET_BUFFER *close);

/* Lines of a log: "#7 ", what is said, a newline. */
void log_line(unsigned long id, const char *format, ...);
void log_quoted(unsigned long id, const char *what, const void *octets,
                size_t length);
void log_close(unsigned long id, const char *what,
               const WEB_SOCKET_BUFFER *close);

/* A number of an option, from `least` to `most`; 0 if it is none. */
int text_number(const char *text, unsigned long least, unsigned long most,
                unsigned long *number);

#endif /* TEXT_H */
