#include "plateau_gzip.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

// The largest window, and a gzip header and trailer (zlib.h, inflateInit2).
enum { gzip_window = 15 + 16 };

struct plateau_gzip_reader {
    z_stream stream;
    size_t offset;
    int ended;
};

struct plateau_gzip_reader *plateau_gzip_open(void) {
    struct plateau_gzip_reader *reader = calloc(1, sizeof *reader);
    if (reader && inflateInit2(&reader->stream, gzip_window) != Z_OK) {
        free(reader);
        return NULL;
    }
    return reader;
}

void plateau_gzip_close(struct plateau_gzip_reader *reader) {
    if (!reader) return;
    inflateEnd(&reader->stream);
    free(reader);
}

static uInt at_most(size_t count) { return count > UINT_MAX ? UINT_MAX : (uInt)count; }

enum plateau_gzip_result plateau_gzip_read(struct plateau_gzip_reader *reader, const uint8_t *bytes, size_t count,
                                           uint8_t *out, size_t capacity, size_t *got, char *message,
                                           size_t message_capacity) {
    z_stream *stream = &reader->stream;
    *got = 0;
    message[0] = 0;
    while (*got < capacity && !reader->ended) {
        const uInt in = at_most(count - reader->offset), room = at_most(capacity - *got);
        // zlib never writes through next_in; its type is not const for C of before 1989.
        stream->next_in = (Bytef *)(bytes + reader->offset);
        stream->avail_in = in;
        stream->next_out = out + *got;
        stream->avail_out = room;
        const int result = inflate(stream, Z_NO_FLUSH);
        reader->offset += in - stream->avail_in;
        *got += room - stream->avail_out;
        if (result == Z_MEM_ERROR) return plateau_gzip_no_memory;
        if (result == Z_DATA_ERROR || result == Z_NEED_DICT || result == Z_STREAM_ERROR) {
            snprintf(message, message_capacity, "%s", stream->msg ? stream->msg : "not deflate's");
            return plateau_gzip_broken;
        }
        if (result == Z_STREAM_END) {
            const size_t left = count - reader->offset;
            if (left == 0) {
                reader->ended = 1;
            } else if (left >= 2 && bytes[reader->offset] == 0x1f && bytes[reader->offset + 1] == 0x8b) {
                inflateReset(stream);
            } else {
                snprintf(message, message_capacity, "%zu", left);
                return plateau_gzip_trailing;
            }
        } else if (reader->offset == count && stream->avail_out > 0) {
            return plateau_gzip_truncated;
        }
    }
    return plateau_gzip_ok;
}

enum plateau_gzip_result plateau_gzip_write(const uint8_t *bytes, size_t count, uint8_t **out, size_t *out_count) {
    z_stream stream = {0};
    if (count > UINT_MAX) return plateau_gzip_no_memory;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return plateau_gzip_no_memory;
    }
    const uLong bound = deflateBound(&stream, (uLong)count);
    uint8_t *packed = bound > UINT_MAX ? NULL : malloc(bound);
    if (!packed) {
        deflateEnd(&stream);
        return plateau_gzip_no_memory;
    }
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = packed;
    stream.avail_out = (uInt)bound;
    const int result = deflate(&stream, Z_FINISH);
    *out_count = stream.total_out;
    deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        free(packed);
        return plateau_gzip_broken;
    }
    *out = packed;
    return plateau_gzip_ok;
}
