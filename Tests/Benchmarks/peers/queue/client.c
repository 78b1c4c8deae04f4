// Sends prepared HTTP/1.1 requests over kept connections, one in flight on each, and times the answers.
//
//   client HOST PORT CONNECTIONS SECONDS COUNT < requests
//
// Standard input holds records of a line "CONNECTION TIMES LENGTH\n" and LENGTH bytes of a request. A connection sends its
// requests in their order, each TIMES times; eight '@' in one are replaced by 1, 2, … TIMES, with blanks before it, as JSON
// allows. It ends after SECONDS, or after COUNT answers (0: any number), and prints one line of JSON: answers, seconds,
// milliseconds by percentile, and the processor's microseconds that each exchange cost this client. An answer other than 2xx
// ends it with 1, and so do requests that run out before the time has.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { slot_width = 8, answer_limit = 1 << 20 };

struct request {
    char *bytes;
    char *slot;
    size_t length;
    long times;
    struct request *next;
};

struct connection {
    int socket;
    struct request *first, *last;
    long sent;
    double since;
    char *answer;
    size_t filled;
};

static void fail(const char *what) {
    fprintf(stderr, "client: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void read_requests(struct connection *connections, int count) {
    int index;
    long times;
    size_t length;
    while (scanf("%d %ld %zu", &index, &times, &length) == 3) {
        if (index < 0 || index >= count || times < 1 || getchar() != '\n') fail("a record's line is not understood");
        struct request *request = calloc(1, sizeof *request);
        request->bytes = malloc(length);
        if (fread(request->bytes, 1, length, stdin) != length) fail("a request is cut off");
        request->length = length;
        request->times = times;
        request->slot = memmem(request->bytes, length, "@@@@@@@@", slot_width);
        struct connection *connection = &connections[index];
        if (connection->last) {
            connection->last->next = request;
        } else {
            connection->first = request;
        }
        connection->last = request;
    }
}

static void open_connection(struct connection *connection, const char *host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("HOST is no IPv4 address");
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot connect");
    int yes = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection->answer = malloc(answer_limit + 1);
}

// False when the connection has nothing more to send.
static bool send_next(struct connection *connection) {
    struct request *request = connection->first;
    if (request && connection->sent == request->times) {
        request = connection->first = request->next;
        connection->sent = 0;
    }
    if (!request) return false;
    connection->sent++;
    if (request->slot) {
        char number[32];
        snprintf(number, sizeof number, "%*ld", slot_width, connection->sent);
        memcpy(request->slot, number, slot_width);
    }
    connection->filled = 0;
    connection->since = now();
    // Requests are smaller than a socket's buffer, and there is one at a time.
    if (send(connection->socket, request->bytes, request->length, MSG_NOSIGNAL) != (ssize_t)request->length)
        fail("cannot send");
    return true;
}

// True when the answer is whole.
static bool receive(struct connection *connection) {
    ssize_t count = recv(connection->socket, connection->answer + connection->filled, answer_limit - connection->filled, 0);
    if (count <= 0) fail(count == 0 ? "the server closed the connection, or an answer is too long" : "cannot receive");
    connection->filled += count;
    connection->answer[connection->filled] = 0;
    char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end) return false;
    char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    size_t whole = end + 4 - connection->answer;
    if (length && length < end) {
        whole += strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
    } else if (strncmp(connection->answer + 9, "204", 3) != 0) {
        fail("an answer has no content-length");
    }
    if (connection->filled < whole) return false;
    if (connection->answer[9] != '2') {
        errno = 0;
        fail(connection->answer);
    }
    return true;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double processor_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int main(int argc, char **argv) {
    if (argc != 6) fail("usage: client HOST PORT CONNECTIONS SECONDS COUNT < requests");
    int count = atoi(argv[3]);
    double seconds = atof(argv[4]);
    long wanted = atol(argv[5]), answers = 0, room = 1 << 16;
    struct connection *connections = calloc(count, sizeof *connections);
    double *times = malloc(room * sizeof *times);
    read_requests(connections, count);
    int poller = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        open_connection(&connections[i], argv[1], atoi(argv[2]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
        epoll_ctl(poller, EPOLL_CTL_ADD, connections[i].socket, &event);
    }
    double processor = processor_seconds(), began = now(), ended = began;
    for (int i = 0; i < count; i++) {
        if (!send_next(&connections[i])) fail("a connection has no request");
    }
    while (ended - began < seconds && (wanted == 0 || answers < wanted)) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, 1000);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!receive(connection)) continue;
            ended = now();
            if (answers == room) times = realloc(times, (room *= 2) * sizeof *times);
            times[answers++] = ended - connection->since;
            errno = 0;
            if (!send_next(connection) && wanted == 0) fail("the requests have run out: prepare more");
        }
        if (ready == 0) ended = now();
    }
    if (answers == 0) fail("no answer came");
    qsort(times, answers, sizeof *times, ascending);
    printf("{\"answers\": %ld, \"seconds\": %.4f, \"per_second\": %.1f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"max_ms\": %.4f, "
           "\"client_us\": %.2f}\n",
           answers, ended - began, answers / (ended - began), times[answers / 2] * 1e3, times[answers * 99 / 100] * 1e3,
           times[answers - 1] * 1e3, (processor_seconds() - processor) / answers * 1e6);
    return 0;
}
