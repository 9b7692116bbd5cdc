/* The cases of a server that tests clients: Autobahn|Testsuite's. */
#ifndef CASES_H
#define CASES_H

#include "client_options.h"

/*
 * Asks the server how many cases it has, echoes in each, and has it write its
 * reports. Returns NULL, or why that could not be done. What became of a case
 * is the server's to say.
 */
const char *cases_run(const struct client_options *options);

#endif /* CASES_H */
