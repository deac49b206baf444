#define _GNU_SOURCE
#include "cpu.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A process's CPU clock is the sum over its threads, past ones too, of what /proc/PID/task/TID/schedstat counts. */
static uint64_t process_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
        return 0; /* it has just ended: its parent will count it */
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static uint64_t ticks_ns(unsigned long long ticks)
{
    return ticks * (1000000000u / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/* Children that have ended are gone from /proc, but proc(5) has their sum, in ticks: cutime and cstime. */
static uint64_t reaped_ns(pid_t pid)
{
    char path[64], text[1024];
    unsigned long long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *fields = strrchr(text, ')'); /* the name before it may hold anything */
    if (fields)
        sscanf(fields, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu", &user, &system);
    return ticks_ns(user + system);
}

static uint64_t children_ns(pid_t pid, const char *thread)
{
    char path[320];
    int child;
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    while (fscanf(file, "%d", &child) == 1)
        sum += tree_cpu_ns(child);
    fclose(file);
    return sum;
}

uint64_t tree_cpu_ns(pid_t root)
{
    char path[64];
    uint64_t sum = process_ns(root) + reaped_ns(root);
    snprintf(path, sizeof path, "/proc/%d/task", root);
    DIR *threads = opendir(path);
    if (!threads)
        return sum;
    for (struct dirent *thread; (thread = readdir(threads));)
        if (isdigit((unsigned char)thread->d_name[0]))
            sum += children_ns(root, thread->d_name);
    closedir(threads);
    return sum;
}

uint64_t machine_cpu_ns(void)
{
    unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (!file)
        return 0;
    if (fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system, &irq, &softirq, &steal) < 6)
        user = nice = system = irq = softirq = steal = 0;
    fclose(file);
    return ticks_ns(user + nice + system + irq + softirq + steal);
}
