#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { EVENTS = 256 };

struct connection {
    int fd;
    int is_sent;
    size_t unread;
};

static int opened;

static void begin(struct connection *connection, const struct options *options, int epoll)
{
    *connection = (struct connection){.fd = open_socket(options, opened++, SOCK_NONBLOCK), .unread = options->size};
    connect_socket(connection->fd, options->port);
    watch(epoll, connection->fd, connection);
}

/* Whether the message has come back whole. */
static int advance(struct connection *connection, const char *message, size_t size)
{
    if (!connection->is_sent) {
        /* A message this small fits the send buffer of a new connection, or there is none yet. */
        if (send(connection->fd, message, size, 0) != (ssize_t)size)
            die("send");
        connection->is_sent = 1;
    }
    connection->unread -= receive(connection->fd, NULL, connection->unread);
    return connection->unread == 0;
}

void run_connect(const struct options *options, struct progress *progress)
{
    struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0);
    struct connection *connections = calloc((size_t)options->connections, sizeof *connections);
    char *message = calloc(1, options->size);
    if (epoll < 0 || !connections || !message)
        die("connect");
    for (int i = 0; i < options->connections; i++)
        begin(&connections[i], options, epoll);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!advance(connection, message, options->size))
                continue;
            close(connection->fd);
            count(progress, 1, options->size);
            begin(connection, options, epoll);
        }
    }
}
