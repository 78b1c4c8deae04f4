#ifndef PLATEAU_CSOCKETS_H
#define PLATEAU_CSOCKETS_H

#include <stddef.h>
#include <stdint.h>

// What Swift's Glibc module leaves out (accept4, epoll) or makes awkward (getaddrinfo, socket options).
// Every function that returns a descriptor or a count returns -errno on failure.

// Listens on host:port (port 0: any free one), non-blocking, close-on-exec.
int plateau_listen(const char *host, uint16_t port, int backlog);

// The port a listening socket is bound to.
int plateau_bound_port(int descriptor);

// Accepts one connection, non-blocking, with TCP_NODELAY. Writes the peer's address as text, at most `capacity` bytes.
int plateau_accept(int listener, char *address, size_t capacity);

// Connects, waiting at most `timeout_ms`; the descriptor is blocking, with that timeout on every send and receive.
// A name that cannot be resolved gives -EADDRNOTAVAIL.
int plateau_connect(const char *host, uint16_t port, int timeout_ms, int io_timeout_ms);

// send(2) without SIGPIPE; both return -errno on failure.
long plateau_send(int descriptor, const void *bytes, size_t count);
long plateau_receive(int descriptor, void *bytes, size_t count);

int plateau_epoll_create(void);
// Registers, changes or removes interest; `key` comes back with each event.
int plateau_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t key);
int plateau_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t key);
int plateau_epoll_remove(int epoll, int descriptor);

struct plateau_event {
    uint32_t events;
    uint64_t key;
};

// Returns without waiting; at most `capacity` events, at most 256.
int plateau_epoll_poll(int epoll, struct plateau_event *events, int capacity);

extern const uint32_t plateau_readable;
extern const uint32_t plateau_writable;
extern const uint32_t plateau_hung_up;

#endif
