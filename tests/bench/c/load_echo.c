#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { EVENTS = 256 };

struct connection {
    int fd;
    size_t unsent, unread; /* of the message under way */
};

static _Thread_local char *message, *received_into;
static _Thread_local int file = -1; /* holds the message, if it is sent from one */

static void make_message(const struct options *options)
{
    message = calloc(1, options->size);
    if (!message)
        die("calloc");
    if (options->copy && !(received_into = malloc(options->size)))
        die("malloc");
    if (options->sendfile) {
        file = memfd_create("message", 0);
        if (file < 0 || write(file, message, options->size) != (ssize_t)options->size)
            die("memfd_create");
    }
}

static ssize_t send_some(int fd, size_t bytes)
{
    off_t from = 0; /* all of its bytes are alike */
    return file < 0 ? send(fd, message, bytes, 0) : sendfile(fd, file, &from, bytes);
}

/* Edge-triggered: until all is sent, or the kernel has no room. */
static void push(struct connection *connection)
{
    while (connection->unsent) {
        ssize_t sent = send_some(connection->fd, connection->unsent);
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0)
            die("send");
        connection->unsent -= (size_t)sent;
    }
}

/* Bytes that have come back. They are counted without copying; a client that wants to see them has to copy. */
static size_t pull(struct connection *connection, const struct options *options)
{
    size_t received = receive(connection->fd, received_into, connection->unread);
    if (options->verify && memcmp(received_into, message + options->size - connection->unread, received))
        fail("the server sent something else");
    connection->unread -= received;
    return received;
}

static void begin(struct connection *connection, size_t size)
{
    connection->unsent = connection->unread = size;
    push(connection);
}

void run_echo(const struct options *options, struct progress *progress)
{
    struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0);
    struct connection *connections = calloc((size_t)options->connections, sizeof *connections);
    if (epoll < 0 || !connections)
        die("echo");
    make_message(options);
    for (int i = 0; i < options->connections; i++) {
        connections[i].fd = open_socket(options, i, SOCK_NONBLOCK);
        connect_socket(connections[i].fd, options->port);
        connections[i].unsent = connections[i].unread = options->size; /* sent when epoll says: connected */
        watch(epoll, connections[i].fd, &connections[i]);
    }
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            push(connection);
            if (!(events[i].events & ~(uint32_t)EPOLLOUT))
                continue;
            size_t received = pull(connection, options);
            int whole = connection->unread == 0;
            if (whole)
                begin(connection, options->size);
            count(progress, (uint64_t)whole, received);
        }
    }
}
