#ifndef PLATEAU_CCODECS_H
#define PLATEAU_CCODECS_H

#include <stddef.h>
#include <stdint.h>

#include "plateau_gzip.h"
#include "plateau_voxels.h"

// Decoding and encoding through libjpeg-turbo and libpng, whose errors are setjmp's and so cannot be Swift's.

enum plateau_codec_result {
    plateau_codec_ok = 0,
    plateau_codec_broken = 1,
    // The declared size is beyond the limit; nothing was decoded.
    plateau_codec_too_large = 2,
    plateau_codec_unsupported = 3,
    plateau_codec_no_memory = 4,
};

// Rows of `channels` interleaved bytes (1 grey, 3 RGB), without padding. `pixels` is malloc'ed.
struct plateau_image {
    uint32_t width, height, channels;
    uint8_t *pixels;
};

// Decodes `count` bytes. On failure `message`, of `capacity` bytes, says why, and `image` is untouched.
enum plateau_codec_result plateau_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t pixel_limit,
                                              struct plateau_image *image, char *message, size_t capacity);
enum plateau_codec_result plateau_decode_png(const uint8_t *bytes, size_t count, uint64_t pixel_limit,
                                             struct plateau_image *image, char *message, size_t capacity);

// RGB to grey, weighted for brightness as ITU-R BT.601 has it and rounded: `count` pixels.
void plateau_grey(uint8_t *grey, const uint8_t *rgb, size_t count);
// How many of `count` bytes are at least `threshold`.
size_t plateau_count_from(uint8_t threshold, const uint8_t *bytes, size_t count);

// Encodes 8-bit grey or RGB; `out` is malloc'ed.
enum plateau_codec_result plateau_encode_png(const struct plateau_image *image, uint8_t **out, size_t *out_count);

#endif
