/* Who used the CPU. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>
#include <sys/types.h>

/* A process and all its descendants, those that have ended and been waited for included. */
uint64_t tree_cpu_ns(pid_t root);

/* Everything that runs on this machine, and what the hypervisor gave to others, to a tick. */
uint64_t machine_cpu_ns(void);

#endif
