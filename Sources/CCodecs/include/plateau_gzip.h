#ifndef PLATEAU_GZIP_H
#define PLATEAU_GZIP_H

#include <stddef.h>
#include <stdint.h>

// gzip (RFC 1952) in pieces of the caller's size, so that a small file that unpacks to terabytes costs no more memory
// than was asked for. Several members in a row are one stream, as §2.2 has it.

enum plateau_gzip_result {
    plateau_gzip_ok = 0,
    // The bytes end before the stream does.
    plateau_gzip_truncated = 1,
    // Not deflate's, or checksum or length do not agree.
    plateau_gzip_broken = 2,
    // Something other than a member follows the last one.
    plateau_gzip_trailing = 3,
    plateau_gzip_no_memory = 4,
};

struct plateau_gzip_reader;

// Null when there is no memory.
struct plateau_gzip_reader *plateau_gzip_open(void);
void plateau_gzip_close(struct plateau_gzip_reader *reader);

// Unpacks the next bytes of `bytes`, which must be the same at each call. `got` is less than `capacity` only at the end
// of the stream, whose checksums have been verified by then. On failure `message`, of `message_capacity` bytes, says
// why if zlib does.
enum plateau_gzip_result plateau_gzip_read(struct plateau_gzip_reader *reader, const uint8_t *bytes, size_t count,
                                           uint8_t *out, size_t capacity, size_t *got, char *message,
                                           size_t message_capacity);

// One member without name or time, so that the same bytes always give the same file; `out` is malloc'ed.
enum plateau_gzip_result plateau_gzip_write(const uint8_t *bytes, size_t count, uint8_t **out, size_t *out_count);

#endif
