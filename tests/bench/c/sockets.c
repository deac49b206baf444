#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

void die(const char *what)
{
    perror(what);
    exit(1);
}

void fail(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static struct sockaddr_in loopback(int host, int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)host)};
}

int open_socket(const struct options *options, int nth, int type_flags)
{
    const int on = 1;
    const struct sockaddr_in source = loopback(nth % options->sources, 0);
    int fd = socket(AF_INET, SOCK_STREAM | type_flags, 0);
    if (fd < 0)
        die("socket");
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on)) /* connect() knows which are free */
        die("setsockopt");
    if (bind(fd, (const struct sockaddr *)&source, sizeof source))
        die("bind");
    return fd;
}

void connect_socket(int fd, int port)
{
    const struct sockaddr_in server = loopback(0, port);
    if (connect(fd, (const struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS)
        die("connect");
}

void watch(int epoll, int fd, void *owner)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = owner};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

size_t receive(int fd, void *into, size_t most)
{
    ssize_t received = recv(fd, into, most, into ? 0 : MSG_TRUNC);
    if (received < 0 && errno == EAGAIN)
        return 0;
    if (received < 0)
        die("recv");
    if (received == 0)
        fail("the server closed a connection");
    return (size_t)received;
}

void count(struct progress *progress, uint64_t messages, uint64_t bytes)
{
    atomic_store_explicit(&progress->messages, progress->messages + messages, memory_order_relaxed);
    atomic_store_explicit(&progress->bytes, progress->bytes + bytes, memory_order_relaxed);
}
