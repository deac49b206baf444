/* The same server without a copy to user space: splice(socket, pipe), splice(pipe, socket), one pipe for all. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "listener.h"

enum { PIPE_BYTES = 1024 * 1024 };

struct pipe {
    int out, in; /* in the order of pipe(2) */
};

/* What a connection owes its peer: bytes in a pipe that is its own until they are gone. */
struct owed {
    struct pipe pipe;
    size_t bytes; /* 0: owes nothing, has no pipe */
};

static struct pipe shared;
static struct owed *owed_by; /* by descriptor */

static struct pipe new_pipe(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK))
        die("pipe2");
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* refused beyond the user's limit: then it stays small */
    return (struct pipe){.out = ends[0], .in = ends[1]};
}

static void drop_pipe(int fd)
{
    close(owed_by[fd].pipe.out);
    close(owed_by[fd].pipe.in);
    owed_by[fd].bytes = 0;
}

static void close_connection(int fd)
{
    if (owed_by[fd].bytes)
        drop_pipe(fd);
    close(fd);
}

/* Bytes that the socket took from the pipe, 0 when it has no room, -1 when the connection is lost. */
static ssize_t send_some(int fd, struct pipe from, size_t bytes)
{
    ssize_t sent = splice(from.out, NULL, fd, NULL, bytes, SPLICE_F_NONBLOCK);
    return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void echo(int fd)
{
    ssize_t received = splice(fd, NULL, shared.in, NULL, PIPE_BYTES, SPLICE_F_NONBLOCK);
    if (received < 0 && errno == EAGAIN)
        return;
    ssize_t sent = received > 0 ? send_some(fd, shared, (size_t)received) : -1;
    if (received > 0 && sent < received) {
        /* The rest belongs to this connection, and the pipe with it. */
        owed_by[fd] = (struct owed){.pipe = shared, .bytes = (size_t)(received - (sent > 0 ? sent : 0))};
        shared = new_pipe();
    }
    if (sent < 0)
        close_connection(fd);
    else if (sent < received)
        watch(fd, EPOLLOUT);
}

static void pay(int fd)
{
    ssize_t sent = send_some(fd, owed_by[fd].pipe, owed_by[fd].bytes);
    if (sent < 0) {
        close_connection(fd);
    } else if ((size_t)sent == owed_by[fd].bytes) {
        drop_pipe(fd);
        watch(fd, EPOLLIN);
    } else {
        owed_by[fd].bytes -= (size_t)sent;
    }
}

static void turn(int fd)
{
    if (owed_by[fd].bytes)
        pay(fd);
    else
        echo(fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* splice has no MSG_NOSIGNAL */
    shared = new_pipe();
    owed_by = calloc(descriptor_limit(), sizeof *owed_by);
    if (!owed_by)
        die("calloc");
    serve(argc > 1 ? atoi(argv[1]) : 5000, turn);
}
