/* What both C echo servers have in common: the listening socket, taking connections from it, waiting for events. */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdint.h>

/* Exit with perror(what): a measured peer that cannot do its work must not be measured. */
void die(const char *what);

/* Serve on 127.0.0.1:port for ever: accept who comes, and give each connection that is ready its turn. */
_Noreturn void serve(int port, void (*turn)(int fd));

/* Wait for these events of a connection from now on; each begins with EPOLLIN. */
void watch(int fd, uint32_t events);

/* The most descriptors this process may have: the size of a table indexed by descriptor. */
unsigned long descriptor_limit(void);

#endif
