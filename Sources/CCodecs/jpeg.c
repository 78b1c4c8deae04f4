#include "CCodecs.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// After jpeglib.h, whose types it uses.
#include <jerror.h>

// Encoders write about ten. A few bytes of scan make the decoder go over the whole image, so that a small file with
// thousands of them would keep it busy for hours.
enum { scan_limit = 100 };

// The coefficients of a whole image in several scans are in memory at once, two bytes each beside the one that it
// becomes.
enum { scans_weight = 3 };

struct failure {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char *message;
    size_t capacity;
};

static void fail(j_common_ptr decoder) {
    struct failure *failure = (struct failure *)decoder->err;
    char text[JMSG_LENGTH_MAX];
    decoder->err->format_message(decoder, text);
    snprintf(failure->message, failure->capacity, "%s", text);
    longjmp(failure->escape, 1);
}

// libjpeg goes on after a warning, with grey where data is missing; for training data that is a broken file.
static void warn(j_common_ptr decoder, int level) {
    if (level < 0) fail(decoder);
}

static void watch(j_common_ptr decoder) {
    if (((j_decompress_ptr)decoder)->input_scan_number <= scan_limit) return;
    struct failure *failure = (struct failure *)decoder->err;
    snprintf(failure->message, failure->capacity, "more than %d scans", scan_limit);
    longjmp(failure->escape, 1);
}

enum plateau_codec_result plateau_decode_jpeg(const uint8_t *bytes, size_t count, uint64_t pixel_limit,
                                              struct plateau_image *image, char *message, size_t capacity) {
    struct jpeg_decompress_struct decoder;
    struct failure failure = {.message = message, .capacity = capacity};
    struct jpeg_progress_mgr progress = {.progress_monitor = watch};
    // volatile: set after setjmp and read after longjmp.
    uint8_t *volatile pixels = NULL;
    decoder.err = jpeg_std_error(&failure.base);
    failure.base.error_exit = fail;
    failure.base.emit_message = warn;
    if (setjmp(failure.escape)) {
        jpeg_destroy_decompress(&decoder);
        free(pixels);
        return failure.base.msg_code == JERR_OUT_OF_MEMORY ? plateau_codec_no_memory : plateau_codec_broken;
    }
    jpeg_create_decompress(&decoder);
    decoder.progress = &progress;
    jpeg_mem_src(&decoder, bytes, count);
    jpeg_read_header(&decoder, TRUE);
    const bool is_whole = jpeg_has_multiple_scans(&decoder);
    const uint64_t pixel_count = (uint64_t)decoder.image_width * decoder.image_height;
    if (pixel_count * (is_whole ? scans_weight : 1) > pixel_limit) {
        snprintf(message, capacity, "%ux%u pixels%s", decoder.image_width, decoder.image_height,
                 is_whole ? " in several scans, which count three times (save it as a baseline JPEG)" : "");
        jpeg_destroy_decompress(&decoder);
        return plateau_codec_too_large;
    }
    if (decoder.num_components != 1 && decoder.num_components != 3) {
        snprintf(message, capacity, "%d colour components (CMYK?); save it as RGB or grey", decoder.num_components);
        jpeg_destroy_decompress(&decoder);
        return plateau_codec_unsupported;
    }
    decoder.out_color_space = decoder.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    // The accurate transform: the same pixels on every machine.
    decoder.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&decoder);
    const size_t row = (size_t)decoder.output_width * decoder.output_components;
    pixels = malloc(row * decoder.output_height);
    if (!pixels) {
        jpeg_destroy_decompress(&decoder);
        return plateau_codec_no_memory;
    }
    while (decoder.output_scanline < decoder.output_height) {
        JSAMPROW line = pixels + row * decoder.output_scanline;
        jpeg_read_scanlines(&decoder, &line, 1);
    }
    jpeg_finish_decompress(&decoder);
    *image = (struct plateau_image){decoder.output_width, decoder.output_height, (uint32_t)decoder.output_components,
                                    pixels};
    jpeg_destroy_decompress(&decoder);
    return plateau_codec_ok;
}
