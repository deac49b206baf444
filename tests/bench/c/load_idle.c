#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { OPENING_S = 120 };

/* One message there and back: the server has accepted the connection, and whatever it keeps for one is there. */
static void echo_once(int fd, char *message, size_t size)
{
    if (send(fd, message, size, 0) != (ssize_t)size)
        die("send");
    if (recv(fd, message, size, MSG_WAITALL) != (ssize_t)size)
        die("recv");
}

void run_idle(const struct options *options)
{
    char *message = calloc(1, options->size);
    if (!message)
        die("idle");
    alarm(OPENING_S);
    for (int i = 0; i < options->connections; i++) {
        int fd = open_socket(options, i, 0);
        connect_socket(fd, options->port);
        echo_once(fd, message, options->size);
    }
    alarm(0);
    printf("{\"connections\": %d}\n", options->connections);
    fflush(stdout);
    while (read(STDIN_FILENO, message, options->size) > 0)
        continue;
}
