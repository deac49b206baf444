/* The yardstick: a plain echo server in C. Level-triggered epoll, recv, send, one buffer for all connections. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listener.h"

enum { BUFFER_BYTES = 256 * 1024 };

/* What a connection owes its peer: the part of a read that send() did not take. NULL for most of them, always. */
struct owed {
    char *data;
    size_t length, sent;
};

static char buffer[BUFFER_BYTES];
static struct owed *owed_by; /* by descriptor */

static void close_connection(int fd)
{
    free(owed_by[fd].data);
    owed_by[fd] = (struct owed){0};
    close(fd);
}

/* Bytes that the kernel took, 0 when it has no room, -1 when the connection is lost. */
static ssize_t send_some(int fd, const char *data, size_t length)
{
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void echo(int fd)
{
    ssize_t received = recv(fd, buffer, sizeof buffer, 0);
    if (received < 0 && errno == EAGAIN)
        return;
    ssize_t sent = received > 0 ? send_some(fd, buffer, (size_t)received) : -1;
    if (sent < 0) {
        close_connection(fd);
    } else if (sent < received) {
        size_t rest = (size_t)(received - sent);
        owed_by[fd] = (struct owed){.data = malloc(rest), .length = rest};
        if (!owed_by[fd].data)
            die("malloc");
        memcpy(owed_by[fd].data, buffer + sent, rest);
        watch(fd, EPOLLOUT); /* and nothing is read before all of it is gone */
    }
}

static void pay(int fd)
{
    struct owed *owed = &owed_by[fd];
    ssize_t sent = send_some(fd, owed->data + owed->sent, owed->length - owed->sent);
    if (sent < 0) {
        close_connection(fd);
        return;
    }
    owed->sent += (size_t)sent;
    if (owed->sent == owed->length) {
        free(owed->data);
        *owed = (struct owed){0};
        watch(fd, EPOLLIN);
    }
}

static void turn(int fd)
{
    if (owed_by[fd].data)
        pay(fd);
    else
        echo(fd);
}

int main(int argc, char **argv)
{
    owed_by = calloc(descriptor_limit(), sizeof *owed_by);
    if (!owed_by)
        die("calloc");
    serve(argc > 1 ? atoi(argv[1]) : 5000, turn);
}
