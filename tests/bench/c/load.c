/* The neutral load: keeps a server busy, counts what comes back, and prints both sides' CPU time as one JSON line.

   Unless told to, it verifies nothing but the byte count (whether a peer echoes right is tested before it is measured),
   and must cost less than the server: where the load is what limits, all servers look alike. */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "load.h"

enum { MAX_THREADS = 64, GRACE_S = 20 };

static struct options options = {.connections = 50, .size = 64, .sources = 1};
static struct progress progress[MAX_THREADS];
static void (*work)(const struct options *, struct progress *);
static int threads = 1;
static double warmup_s = 0.5, seconds = 2;
static pid_t server;

struct snapshot {
    uint64_t time_ns, server_cpu_ns, load_cpu_ns, machine_cpu_ns, messages, bytes;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct snapshot snapshot(void)
{
    struct snapshot now = {.server_cpu_ns = tree_cpu_ns(server),
                           .load_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
                           .machine_cpu_ns = machine_cpu_ns(),
                           .time_ns = clock_ns(CLOCK_MONOTONIC)};
    for (int i = 0; i < threads; i++) {
        now.messages += progress[i].messages;
        now.bytes += progress[i].bytes;
    }
    return now;
}

static void pause_s(double s)
{
    const struct timespec rest = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};
    nanosleep(&rest, NULL);
}

static void *run(void *own_progress)
{
    work(&options, own_progress);
    return NULL;
}

static void measure(void)
{
    alarm((unsigned)(warmup_s + seconds) + GRACE_S); /* a server that stalls must not stall the bench */
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, &progress[i]))
            fail("no thread to be had");
    }
    pause_s(warmup_s);
    struct snapshot begin = snapshot();
    pause_s(seconds);
    struct snapshot end = snapshot();
    printf("{\"messages\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"seconds\": %.9f, \"server_cpu_ns\": %" PRIu64
           ", \"load_cpu_ns\": %" PRIu64 ", \"machine_cpu_ns\": %" PRIu64 "}\n",
           end.messages - begin.messages, end.bytes - begin.bytes, (double)(end.time_ns - begin.time_ns) / 1e9,
           end.server_cpu_ns - begin.server_cpu_ns, end.load_cpu_ns - begin.load_cpu_ns,
           end.machine_cpu_ns - begin.machine_cpu_ns);
}

static void read_flags(int argc, char **argv)
{
    static const struct option flags[] = {
        {"port", required_argument, 0, 'p'},    {"connections", required_argument, 0, 'c'},
        {"size", required_argument, 0, 'b'},    {"sources", required_argument, 0, 'a'},
        {"threads", required_argument, 0, 't'}, {"warmup-s", required_argument, 0, 'w'},
        {"seconds", required_argument, 0, 's'}, {"server-pid", required_argument, 0, 'P'},
        {"sendfile", no_argument, 0, 'f'},      {"copy", no_argument, 0, 'C'},
        {"verify", no_argument, 0, 'V'},        {0, 0, 0, 0}};
    for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
        switch (flag) {
        case 'p': options.port = atoi(optarg); break;
        case 'c': options.connections = atoi(optarg); break;
        case 'b': options.size = strtoul(optarg, NULL, 10); break;
        case 'a': options.sources = atoi(optarg); break;
        case 't': threads = atoi(optarg); break;
        case 'w': warmup_s = atof(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'P': server = atoi(optarg); break;
        case 'f': options.sendfile = 1; break;
        case 'C': options.copy = 1; break;
        case 'V': options.copy = options.verify = 1; break;
        default: exit(2);
        }
    }
    if (threads < 1 || threads > MAX_THREADS || options.connections < threads || options.sources < 1 || !options.size)
        fail("a flag is out of range");
    options.connections /= threads;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (!*mode)
        fail("usage: load echo|connect|idle --port N --server-pid PID [--connections N] [--size BYTES] …");
    read_flags(argc - 1, argv + 1);
    signal(SIGPIPE, SIG_IGN); /* sendfile has no MSG_NOSIGNAL */
    if (!strcmp(mode, "idle")) {
        run_idle(&options);
    } else {
        work = !strcmp(mode, "connect") ? run_connect : run_echo;
        measure();
    }
    exit(0); /* whatever the threads are at */
}
