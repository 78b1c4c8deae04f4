#define _GNU_SOURCE
#include "CSockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

const uint32_t plateau_readable = EPOLLIN;
const uint32_t plateau_writable = EPOLLOUT;
const uint32_t plateau_hung_up = EPOLLHUP | EPOLLERR;

static struct addrinfo *resolve(const char *host, uint16_t port, int flags) {
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    struct addrinfo *found = NULL;
    return getaddrinfo(host, service, &hints, &found) == 0 ? found : NULL;
}

static int listen_on(const struct addrinfo *a, uint16_t port, int backlog, int v6_only) {
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0) return -errno;
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_storage address;
    memcpy(&address, a->ai_addr, a->ai_addrlen);
    if (a->ai_family == AF_INET6) {
        // A name that has both kinds of address gets a socket for each; "::" alone takes IPv4 clients, too.
        if (v6_only) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        ((struct sockaddr_in6 *)&address)->sin6_port = htons(port);
    } else {
        ((struct sockaddr_in *)&address)->sin_port = htons(port);
    }
    if (bind(fd, (struct sockaddr *)&address, a->ai_addrlen) == 0 && listen(fd, backlog) == 0) return fd;
    int result = -errno;
    close(fd);
    return result;
}

static int seen_before(const struct addrinfo *first, const struct addrinfo *a) {
    for (const struct addrinfo *b = first; b != a; b = b->ai_next)
        if (b->ai_addrlen == a->ai_addrlen && memcmp(b->ai_addr, a->ai_addr, a->ai_addrlen) == 0) return 1;
    return 0;
}

int plateau_listen(const char *host, uint16_t port, int backlog, int *descriptors, int capacity) {
    struct addrinfo *found = resolve(host, port, AI_PASSIVE);
    if (!found) return -EADDRNOTAVAIL;
    int count = 0, failure = -EADDRNOTAVAIL;
    for (struct addrinfo *a = found; a && count < capacity; a = a->ai_next) {
        if (seen_before(found, a)) continue;
        int fd = listen_on(a, port, backlog, found->ai_next != NULL);
        if (fd >= 0) {
            descriptors[count++] = fd;
            // "Any free port" is chosen once, for all addresses of the name.
            if (port == 0) port = (uint16_t)plateau_bound_port(fd);
            continue;
        }
        failure = fd;
        // An address family this machine lacks is no matter while another one works; a port in use is.
        if (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT) continue;
        while (count > 0) close(descriptors[--count]);
        break;
    }
    freeaddrinfo(found);
    return count > 0 ? count : failure;
}

int plateau_bound_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return -errno;
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static int fill_path(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0) return -EINVAL;
    if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    return 0;
}

// A connection that would have to wait shows a listener as well as one that is made.
static int somebody_listens(const struct sockaddr_un *address) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return 1;
    int answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    int refused = !answered && errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

int plateau_listen_unix(const char *path, unsigned mode, int backlog, uint64_t *device, uint64_t *inode) {
    struct sockaddr_un address;
    int result = fill_path(&address, path);
    if (result < 0) return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // Linux gives the file the socket's own mode, so that nobody gets in between bind and a chmod.
    if (fchmod(fd, mode) != 0) goto failed;
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        struct stat found;
        if (errno != EADDRINUSE) goto failed;
        if (lstat(path, &found) != 0 || !S_ISSOCK(found.st_mode) || somebody_listens(&address)) {
            errno = EADDRINUSE;
            goto failed;
        }
        if (unlink(path) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) goto failed;
    }
    struct stat made;
    if (chmod(path, mode) != 0 || stat(path, &made) != 0 || listen(fd, backlog) != 0) {
        result = -errno;
        unlink(path);
        close(fd);
        return result;
    }
    *device = made.st_dev;
    *inode = made.st_ino;
    return fd;
failed:
    result = -errno;
    close(fd);
    return result;
}

void plateau_remove_socket(const char *path, uint64_t device, uint64_t inode) {
    struct stat found;
    if (lstat(path, &found) == 0 && found.st_dev == device && found.st_ino == inode) unlink(path);
}

int plateau_connect_unix(const char *path, int timeout_ms) {
    struct sockaddr_un address;
    int result = fill_path(&address, path);
    if (result < 0) return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // A full backlog makes connect wait, for as long as this says.
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    do result = connect(fd, (struct sockaddr *)&address, sizeof address);
    while (result != 0 && errno == EINTR);
    if (result != 0) {
        result = errno == EAGAIN ? -ETIMEDOUT : -errno;
    } else if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        result = -errno;
    } else {
        return fd;
    }
    close(fd);
    return result;
}

// Where the peer is: IPv6 by its network of 64 bits, which is what one client commands.
static void describe(struct sockaddr_storage *address, socklen_t length, struct plateau_peer *peer) {
    memset(peer, 0, sizeof *peer);
    if (address->ss_family == AF_UNIX) {
        strcpy(peer->text, "unix");
        peer->is_local = 1;
        return;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = v6->sin6_port};
        memcpy(&v4.sin_addr, v6->sin6_addr.s6_addr + 12, 4);
        memcpy(address, &v4, sizeof v4);
        length = sizeof v4;
    }
    if (address->ss_family == AF_INET6) {
        peer->is_local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
        memcpy(&peer->network, v6->sin6_addr.s6_addr, 8);
    } else {
        uint32_t v4 = ntohl(((struct sockaddr_in *)address)->sin_addr.s_addr);
        peer->is_local = v4 >> 24 == 127;
        peer->network = v4;
    }
    if (getnameinfo((struct sockaddr *)address, length, peer->text, sizeof peer->text, NULL, 0, NI_NUMERICHOST) != 0)
        peer->text[0] = 0;
}

int plateau_accept(int listener, struct plateau_peer *peer) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int fd = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    describe(&address, length, peer);
    int one = 1;
    if (address.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static int connect_within(int fd, const struct addrinfo *a, int timeout_ms, int interrupt) {
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return -errno;
    struct pollfd waiting[2] = {{.fd = fd, .events = POLLOUT}, {.fd = interrupt, .events = POLLIN}};
    int ready;
    do ready = poll(waiting, 2, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready == 0) return -ETIMEDOUT;
    if (ready < 0) return -errno;
    if (waiting[1].revents) return -ECANCELED;
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return -error;
}

int plateau_connect(const char *host, uint16_t port, int timeout_ms, int interrupt) {
    struct addrinfo *found = resolve(host, port, 0);
    if (!found) return -EADDRNOTAVAIL;
    int result = -ECONNREFUSED;
    for (struct addrinfo *a = found; a; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0) {
            result = -errno;
            continue;
        }
        result = connect_within(fd, a, timeout_ms, interrupt);
        if (result == 0) {
            int one = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            result = fd;
            break;
        }
        close(fd);
        if (result == -ECANCELED) break;
    }
    freeaddrinfo(found);
    return result;
}

int plateau_wait(int descriptor, int for_writing, int timeout_ms) {
    struct pollfd waiting = {.fd = descriptor, .events = (short)(POLLIN | (for_writing ? POLLOUT : 0))};
    int ready;
    do ready = poll(&waiting, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready < 0) return -errno;
    if (ready == 0) return 0;
    // Errors and hang-ups show in the read that follows.
    return (waiting.revents & ~POLLOUT ? plateau_wait_readable : 0) |
           (waiting.revents & POLLOUT ? plateau_wait_writable : 0);
}

long plateau_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

long plateau_receive(int descriptor, void *bytes, size_t count) {
    ssize_t received;
    do received = recv(descriptor, bytes, count, 0);
    while (received < 0 && errno == EINTR);
    return received < 0 ? -errno : received;
}

int plateau_queued(int descriptor) {
    int bytes = 0;
    return ioctl(descriptor, SIOCOUTQ, &bytes) < 0 ? 0 : bytes;
}

int plateau_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t key) {
    struct epoll_event event = {.events = events, .data = {.u64 = key}};
    return epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : -errno;
}

int plateau_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t key) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, events, key);
}

int plateau_epoll_change(int epoll, int descriptor, uint32_t events, uint64_t key) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, events, key);
}

int plateau_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int plateau_epoll_wait(int epoll, struct plateau_event *events, int capacity, int timeout_ms) {
    struct epoll_event found[256];
    int count = epoll_wait(epoll, found, capacity < 256 ? capacity : 256, timeout_ms);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].events = found[i].events;
        events[i].key = found[i].data.u64;
    }
    return count;
}

int plateau_event_create(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// Neither can fail in a way that matters: a full counter is as good a signal, an empty one has been read already.
void plateau_event_signal(int descriptor) { (void)eventfd_write(descriptor, 1); }

void plateau_event_clear(int descriptor) {
    eventfd_t value;
    (void)eventfd_read(descriptor, &value);
}

uint64_t plateau_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static _Thread_local const void *thread_mark;

const void *plateau_thread_mark(void) { return thread_mark; }

void plateau_set_thread_mark(const void *mark) { thread_mark = mark; }
