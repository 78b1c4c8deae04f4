#ifndef PLATEAU_CSOCKETS_H
#define PLATEAU_CSOCKETS_H

#include <stddef.h>
#include <stdint.h>

// What Swift's Glibc module leaves out (accept4, epoll) or makes awkward (getaddrinfo, socket options).
// Every function that returns a descriptor or a count returns -errno on failure.

// Listens on every address of the host (port 0: any free one, the same for all), non-blocking, close-on-exec.
// Writes at most `capacity` descriptors; returns how many.
int plateau_listen(const char *host, uint16_t port, int backlog, int *descriptors, int capacity);

// The port a listening socket is bound to.
int plateau_bound_port(int descriptor);

// Listens on a Unix domain socket whose file gets `mode`. A socket file that nobody answers on is replaced; one that
// somebody answers on, or another kind of file, gives -EADDRINUSE; a path over 107 bytes -ENAMETOOLONG.
// Writes which file it made, for plateau_remove_socket.
int plateau_listen_unix(const char *path, unsigned mode, int backlog, uint64_t *device, uint64_t *inode);

// Removes the socket's file, unless another has taken its place.
void plateau_remove_socket(const char *path, uint64_t device, uint64_t inode);

struct plateau_peer {
    // The address, or "unix"; NUL-terminated.
    char text[64];
    // Of an IPv4 client its address, of an IPv6 client the first half of it.
    uint64_t network;
    // On this machine: loopback or a Unix domain socket.
    int is_local;
};

// Accepts one connection, non-blocking, with TCP_NODELAY where there is TCP.
int plateau_accept(int listener, struct plateau_peer *peer);

// Connects, waiting at most `timeout_ms` per address; the descriptor is non-blocking. `interrupt`, an event descriptor,
// ends the wait with -ECANCELED when signalled. A name that cannot be resolved gives -EADDRNOTAVAIL.
int plateau_connect(const char *host, uint16_t port, int timeout_ms, int interrupt);

// The same for a Unix domain socket; not to be interrupted, but it waits only where the listener is swamped.
int plateau_connect_unix(const char *path, int timeout_ms);

// Waits until there is something to read or, if asked, room to write. Returns a sum of the two bits, 0 after
// `timeout_ms`.
enum { plateau_wait_readable = 1, plateau_wait_writable = 2 };
int plateau_wait(int descriptor, int for_writing, int timeout_ms);

// send(2) without SIGPIPE; both return -errno on failure.
long plateau_send(int descriptor, const void *bytes, size_t count);
long plateau_receive(int descriptor, void *bytes, size_t count);

// Bytes that were sent and the peer has not acknowledged; 0 where the kernel cannot tell.
int plateau_queued(int descriptor);

int plateau_epoll_create(void);
// Registers, changes or removes interest; `key` comes back with each event.
int plateau_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t key);
int plateau_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t key);
int plateau_epoll_remove(int epoll, int descriptor);

struct plateau_event {
    uint32_t events;
    uint64_t key;
};

// Waits at most `timeout_ms`; returns at most `capacity` events, at most 256.
int plateau_epoll_wait(int epoll, struct plateau_event *events, int capacity, int timeout_ms);

// A descriptor that becomes readable when signalled, until cleared.
int plateau_event_create(void);
void plateau_event_signal(int descriptor);
void plateau_event_clear(int descriptor);

// Nanoseconds of the monotonic clock.
uint64_t plateau_monotonic(void);

// What this thread has in hand, by any pointer; NULL at first.
const void *plateau_thread_mark(void);
void plateau_set_thread_mark(const void *mark);

extern const uint32_t plateau_readable;
extern const uint32_t plateau_writable;
extern const uint32_t plateau_hung_up;

#endif
