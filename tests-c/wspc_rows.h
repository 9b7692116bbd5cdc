/* Heads in a row each, with the result; part of wspc.c. */
static const struct row rows[] = {
    /* Right, if unusual. */
    {REQUEST, GET "\r\n", S_OK},
    {REQUEST, "get * HTTP/1.0\r\n\r\n", S_OK},
    {REQUEST, "GET http://localhost/ HTTP/1.1\r\n\r\n", S_OK},
    {REQUEST, GET "A:b:c\r\n\r\n", S_OK},
    {REQUEST, GET "!#$%&'*+-.^_`|~9z: b\r\n\r\n", S_OK},
    {REQUEST, GET "A: b\tc\r\n\r\n", S_OK},
    {REQUEST, GET "A:   \t \r\n\r\n", S_OK},
    /* "a server ... SHOULD ignore at least one empty line (CRLF) received
       prior to the request-line", RFC 7230 section 3.5 */
    {REQUEST, "\r\n" GET "\r\n", S_OK},
    {RESPONSE, "\r\n" OK_101 "\r\n", S_OK},
    /* "a recipient MAY recognize a single LF as a line terminator and ignore
       any preceding CR", RFC 7230 section 3.5 */
    {REQUEST, "GET / HTTP/1.1\nA: b\n\n", S_OK},
    {REQUEST, "GET / HTTP/1.1\r\nA: b\n\r\n", S_OK},
    {RESPONSE, "HTTP/1.1 101 X\nA: b\n\n", S_OK},
    {RESPONSE, "HTTP/1.1 999 X\r\n\r\n", S_OK},
    {RESPONSE, "HTTP/1.1 101 X\xe4\r\n\r\n", S_OK},

    /* The head is good so far. */
    {REQUEST, "\r\n", WSPC_E_INCOMPLETE},
    {REQUEST, "GET / HTTP/1.1\r", WSPC_E_INCOMPLETE},
    {REQUEST, GET "A: b\r\n\r", WSPC_E_INCOMPLETE},
    {RESPONSE, "HTTP/1.", WSPC_E_INCOMPLETE},
    {RESPONSE, "HTTP/1.1 10", WSPC_E_INCOMPLETE},

    /* First lines. */
    {REQUEST, " " GET "\r\n", FORMAT},
    {REQUEST, "GET /\r\n\r\n", FORMAT},
    {REQUEST, "GET  / HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET /  HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET / HTTP/1.1 \r\n\r\n", FORMAT},
    {REQUEST, "GET\t/\tHTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET  HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "G(T / HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "G\xc4T / HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET / HTTP/1.2\r\n\r\n", FORMAT},
    {REQUEST, "GET / HTTP/2.0\r\n\r\n", FORMAT},
    {REQUEST, "GET / http/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET / HTTP/1.1x\r\n\r\n", FORMAT},
    {REQUEST, "GET / HTTP/1.1\r\r\n", FORMAT},
    {REQUEST, "GET /\x01 HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET /\x7f HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "GET /\xff HTTP/1.1\r\n\r\n", FORMAT},
    {REQUEST, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", FORMAT},
    {REQUEST, "\x16\x03\x01\x02\x01", FORMAT}, /* a TLS client */
    {REQUEST, OK_101 "\r\n", FORMAT},
    {RESPONSE, GET "\r\n", FORMAT},
    {RESPONSE, "ICY 200 OK\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/2 101 X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 1\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 1010 X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 -11 X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 abc X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1  101 X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 101X\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 101 X\x01\r\n\r\n", FORMAT},
    {RESPONSE, "HTTP/1.1 101 X\rY\r\n\r\n", FORMAT},

    /* Fields: names. */
    {REQUEST, GET "A\r\n\r\n", FORMAT},
    {REQUEST, GET ": b\r\n\r\n", FORMAT},
    {REQUEST, GET "A b: c\r\n\r\n", FORMAT},
    {REQUEST, GET "A(: b\r\n\r\n", FORMAT},
    {REQUEST, GET "A\x80: b\r\n\r\n", FORMAT},
    {REQUEST, GET "A\t: b\r\n\r\n", FORMAT},
    {RESPONSE, OK_101 "A\r\n\r\n", FORMAT},
    /* "A server MUST reject any received request message that contains
       whitespace between a header field-name and colon", RFC 7230 3.2.4 */
    {REQUEST, GET "A : b\r\n\r\n", FORMAT},
    {RESPONSE, OK_101 "A : b\r\n\r\n", FORMAT},
    {REQUEST, GET " A: b\r\n\r\n", FORMAT},

    /* Values. Folded lines are obsolete, RFC 7230 section 3.2.4. */
    {REQUEST, GET "A: b\r\n c\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\r\n\tc\r\n\r\n", FORMAT},
    {RESPONSE, OK_101 "A: b\r\n c\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\rc\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\r\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\x01\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\x1b[31m\r\n\r\n", FORMAT},
    {REQUEST, GET "A: b\x7f\r\n\r\n", FORMAT},
    {RESPONSE, OK_101 "A: b\x02\r\n\r\n", FORMAT},
    {RESPONSE, OK_101 "A: \x7f\r\n\r\n", FORMAT},
};
