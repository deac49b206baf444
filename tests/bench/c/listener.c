#define _GNU_SOURCE
#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { BACKLOG = 1024, EVENTS = 256 }; /* the backlog is the same for every peer */

static int epoll;

void die(const char *what)
{
    perror(what);
    exit(1);
}

/* A non-blocking socket, with TCP_NODELAY for the accepted ones to inherit. */
static int listen_on(int port)
{
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0)
        die("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        die("setsockopt");
    if (bind(listener, (const struct sockaddr *)&address, sizeof address))
        die("bind");
    if (listen(listener, BACKLOG))
        die("listen");
    return listener;
}

static void control(int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, operation, fd, &event))
        die("epoll_ctl");
}

void watch(int fd, uint32_t events)
{
    control(EPOLL_CTL_MOD, fd, events);
}

static void accept_all(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        control(EPOLL_CTL_ADD, fd, EPOLLIN);
}

void serve(int port, void (*turn)(int fd))
{
    struct epoll_event events[EVENTS];
    int listener = listen_on(port);
    epoll = epoll_create1(0);
    if (epoll < 0)
        die("epoll_create1");
    control(EPOLL_CTL_ADD, listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener);
            else
                turn(events[i].data.fd);
        }
    }
}

unsigned long descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        die("getrlimit");
    return limit.rlim_cur;
}
