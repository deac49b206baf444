/* The load's three kinds of work, and what they share. */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    int port;
    int connections; /* for each thread */
    size_t size;     /* bytes in a message */
    int sendfile;    /* send from a file: without copying, and without memory to be found for it */
    int copy;        /* receive into memory, as a client does that looks at what it gets */
    int verify;      /* and compare it, byte by byte, with what was sent */
    int sources;     /* connect from 127.0.0.1 to 127.0.0.N: one address has ports for 28,000 connections */
};

/* One thread's work so far. The thread alone writes, so that plain stores do; a cache line each. */
struct progress {
    _Alignas(64) _Atomic uint64_t messages;
    _Atomic uint64_t bytes;
};

/* Run for ever: keep every connection busy with one message at a time. */
void run_echo(const struct options *options, struct progress *progress);

/* Run for ever: connect, echo one message, close, begin again. */
void run_connect(const struct options *options, struct progress *progress);

/* Open all connections, echo one message over each, say so on stdout, hold them until stdin ends. */
void run_idle(const struct options *options);

/* sockets.c */
void die(const char *what);
void fail(const char *what); /* no errno to tell */
int open_socket(const struct options *options, int nth, int type_flags); /* bound to the nth connection's source */
void connect_socket(int fd, int port); /* returns with a non-blocking connect still under way */
void watch(int epoll, int fd, void *owner); /* input and output, edge-triggered: one system call for its whole life */
size_t receive(int fd, void *into, size_t most); /* 0: nothing is there; into NULL: counted, and not copied */
void count(struct progress *progress, uint64_t messages, uint64_t bytes);

#endif
