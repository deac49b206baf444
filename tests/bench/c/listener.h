/* What both C echo servers have in common: the listening socket, and taking connections from it. */
#ifndef LISTENER_H
#define LISTENER_H

/* Exit with perror(what): a measured peer that cannot do its work must not be measured. */
void die(const char *what);

/* A non-blocking listening socket on 127.0.0.1:port, with TCP_NODELAY for the accepted ones to inherit. */
int listen_on(int port);

/* Accept until there is nobody left; watch each connection for input. */
void accept_all(int listener, int epoll);

/* The most descriptors this process may have: the size of a table indexed by descriptor. */
unsigned long descriptor_limit(void);

#endif
