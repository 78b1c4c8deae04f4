#include "CCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

// After the last row a stream ends within a few bytes. libpng would inflate whatever else there is, a thousand times
// its size in a made-up file: with this, 13 MB at most, the 8 KiB that it has read by then included.
enum { rest_limit = 4096, idat = 'I' << 24 | 'D' << 16 | 'A' << 8 | 'T' };

struct source {
    const uint8_t *bytes;
    size_t count, offset;
    uint64_t rows_left; // Of all passes of an interlaced image.
    size_t rest;        // Bytes of image data after the last row.
    char *message;
    size_t capacity;
};

static void fail(png_structp png, png_const_charp text) {
    struct source *source = png_get_error_ptr(png);
    if (source->message) snprintf(source->message, source->capacity, "%s", text);
    longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, png_size_t count) {
    struct source *source = png_get_io_ptr(png);
    if (count > source->count - source->offset) png_error(png, "the file is cut off");
    if (source->rows_left == 0 && png_get_io_chunk_type(png) == idat && (source->rest += count) > rest_limit)
        png_error(png, "it has more image data than its size has room for");
    memcpy(out, source->bytes + source->offset, count);
    source->offset += count;
}

// Called for each row, before libpng looks for the end of the stream behind the last of them.
static void count_row(png_structp png, png_row_infop info, png_bytep row) {
    (void)info;
    (void)row;
    struct source *source = png_get_io_ptr(png);
    if (source->rows_left > 0) source->rows_left--;
}

static uint64_t stored_rows(png_structp png, png_infop info, uint32_t width, uint32_t height) {
    if (png_get_interlace_type(png, info) == PNG_INTERLACE_NONE) return height;
    uint64_t rows = 0;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        if (PNG_PASS_COLS(width, pass) > 0) rows += PNG_PASS_ROWS(height, pass);
    }
    return rows;
}

enum plateau_codec_result plateau_decode_png(const uint8_t *bytes, size_t count, uint64_t pixel_limit,
                                             struct plateau_image *image, char *message, size_t capacity) {
    struct source source = {
        .bytes = bytes, .count = count, .rows_left = UINT64_MAX, .message = message, .capacity = capacity};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore);
    if (!png) return plateau_codec_no_memory;
    png_infop info = png_create_info_struct(png);
    uint8_t *volatile pixels = NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free(pixels);
        return plateau_codec_broken;
    }
    png_set_read_fn(png, &source, read_bytes);
    // Only the chunks that pixels come from: a thousand compressed texts of 8 MB each would fit in a small file.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    const uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if ((uint64_t)width * height > pixel_limit) {
        snprintf(message, capacity, "%ux%u pixels", width, height);
        png_destroy_read_struct(&png, &info, NULL);
        return plateau_codec_too_large;
    }
    // To 8-bit grey or RGB: palettes expanded, 16 bits scaled, transparency dropped.
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    source.rows_left = stored_rows(png, info, width, height);
    png_set_read_user_transform_fn(png, count_row);
    png_read_update_info(png, info);
    const uint32_t channels = png_get_channels(png, info);
    const size_t row = (size_t)width * channels;
    pixels = malloc(row * height);
    png_bytep *volatile rows = pixels ? malloc(sizeof(png_bytep) * height) : NULL;
    if (!rows) {
        free(pixels);
        png_destroy_read_struct(&png, &info, NULL);
        return plateau_codec_no_memory;
    }
    for (uint32_t y = 0; y < height; y++) rows[y] = pixels + row * y;
    if (setjmp(png_jmpbuf(png))) {
        free(rows);
        free(pixels);
        png_destroy_read_struct(&png, &info, NULL);
        return plateau_codec_broken;
    }
    png_read_image(png, rows);
    png_read_end(png, NULL);
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    *image = (struct plateau_image){width, height, channels, pixels};
    return plateau_codec_ok;
}

enum plateau_codec_result plateau_encode_png(const struct plateau_image *image, uint8_t **out, size_t *out_count) {
    png_image header = {.version = PNG_IMAGE_VERSION,
                        .width = image->width,
                        .height = image->height,
                        .format = image->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = 0;
    if (!png_image_write_get_memory_size(header, size, 0, image->pixels, 0, NULL)) return plateau_codec_broken;
    uint8_t *bytes = malloc(size);
    if (!bytes) return plateau_codec_no_memory;
    if (!png_image_write_to_memory(&header, bytes, &size, 0, image->pixels, 0, NULL)) {
        free(bytes);
        return plateau_codec_broken;
    }
    *out = bytes;
    *out_count = size;
    return plateau_codec_ok;
}
