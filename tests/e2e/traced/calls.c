// A client of an echo that makes the calls which other programs seldom make: a connect() that does not wait, writev, sendmsg,
// sendmmsg, dup, MSG_PEEK, readv, recvmsg, splice; it ends without close().
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define REQUIRE(what) do { if (!(what)) { perror(#what); return 1; } } while (0)

static int connected(const char *host, const char *port) {
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
    socklen_t length = sizeof error;
    struct pollfd polled = {.fd = fd, .events = POLLOUT};
    if (connect(fd, found->ai_addr, found->ai_addrlen) == 0 || errno != EINPROGRESS) return -1;
    if (poll(&polled, 1, 10000) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error) return -1;
    return fcntl(fd, F_SETFL, 0) == 0 ? fd : -1;
}

int main(int count, char **arguments) {
    REQUIRE(count == 3);
    int fd = connected(arguments[1], arguments[2]), copy, ends[2];
    REQUIRE(fd >= 0);
    char back[64];
    struct iovec two[2] = {{"wri", 3}, {"tev", 3}}, into[2] = {{back, 4}, {back + 4, 60}};
    struct msghdr message = {.msg_iov = two, .msg_iovlen = 2}, received = {.msg_iov = into, .msg_iovlen = 2};
    struct mmsghdr many[2] = {{.msg_hdr = {.msg_iov = two, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = two + 1, .msg_iovlen = 1}}};

    REQUIRE(writev(fd, two, 2) == 6);
    REQUIRE(recv(fd, back, sizeof back, MSG_PEEK) > 0);
    REQUIRE(recv(fd, back, 6, MSG_WAITALL) == 6);
    REQUIRE(sendmsg(fd, &message, 0) == 6);
    REQUIRE((copy = dup(fd)) >= 0 && close(fd) == 0);
    REQUIRE(recvmsg(copy, &received, MSG_PEEK) > 0);
    REQUIRE(recv(copy, back, 6, MSG_WAITALL) == 6);
    REQUIRE(sendmmsg(copy, many, 2, 0) == 2);
    REQUIRE(recv(copy, back, 4, MSG_WAITALL) == 4);
    REQUIRE(pipe(ends) == 0 && splice(copy, NULL, ends[1], NULL, 2, 0) > 0);
    return 0;
}
