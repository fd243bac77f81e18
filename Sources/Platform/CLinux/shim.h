// SPDX-License-Identifier: Apache-2.0
//
// What Linux offers and Swift's Glibc module does not show. Header only: everything is a declaration
// or a static inline wrapper. Do not define _GNU_SOURCE here: it turns sockaddr parameters into a
// transparent union that Swift cannot call.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// Same numbers on every architecture since Linux 5.1; older C libraries lack the wrappers.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

extern int accept4(int fd, struct sockaddr *__restrict address,
                   socklen_t *__restrict length, int flags);
extern int pipe2(int fds[2], int flags);
extern int fallocate(int fd, int mode, off_t offset, off_t length);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern long syscall(long number, ...);
extern const char *strerrorname_np(int code);
extern const char *strerrordesc_np(int code);

static inline int clinux_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
    return accept4(fd, address, length, flags);
}

static inline int clinux_pipe2(int *fds, int flags) { return pipe2(fds, flags); }

static inline int clinux_fallocate(int fd, int mode, off_t offset, off_t length) {
    return fallocate(fd, mode, offset, length);
}

static inline int clinux_setname(pthread_t thread, const char *name) {
    return pthread_setname_np(thread, name);
}

static inline const char *clinux_error_name(int code) { return strerrorname_np(code); }

static inline const char *clinux_error_text(int code) { return strerrordesc_np(code); }

// epoll_wait with a timeout in nanoseconds (Linux 5.11). ENOSYS on older kernels.
static inline int clinux_epoll_pwait2(int fd, struct epoll_event *events, int count,
                                      int64_t nanoseconds) {
    // The kernel's 64-bit layout, whatever the C library's time_t.
    struct { int64_t seconds; int64_t nanoseconds; } timeout = {
        nanoseconds / 1000000000, nanoseconds % 1000000000
    };
    return (int)syscall(SYS_epoll_pwait2, fd, events, count, &timeout, NULL, (size_t)8);
}

static inline int clinux_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0u);
}

// prctl is variadic, which Swift does not import.
static inline int clinux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0ul, 0ul, 0ul);
}

// open(2) and fcntl(2) are variadic too.
static inline int clinux_open(const char *path, int flags, mode_t mode) {
    return open(path, flags | O_CLOEXEC, mode);
}

static inline int clinux_get_descriptor_flags(int fd) { return fcntl(fd, F_GETFD); }

static inline int clinux_set_descriptor_flags(int fd, int flags) {
    return fcntl(fd, F_SETFD, flags);
}

static inline int clinux_get_status_flags(int fd) { return fcntl(fd, F_GETFL); }

static inline int clinux_set_status_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }

// Wait status macros are not imported.
static inline int clinux_exited(int status) { return (status & 0x7f) == 0; }

static inline int clinux_exit_code(int status) { return (status >> 8) & 0xff; }

static inline int clinux_term_signal(int status) { return status & 0x7f; }

#endif
