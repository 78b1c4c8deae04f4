#include "plateau_voxels.h"

#include <string.h>

void plateau_resample_axis(float *out, const float *in, size_t outer, size_t to, size_t from, size_t inner,
                           const uint32_t *first, const float *weights, size_t taps) {
    for (size_t o = 0; o < outer; o++, in += from * inner) {
        for (size_t t = 0; t < to; t++, out += inner) {
            for (size_t i = 0; i < inner; i++) out[i] = 0;
            for (size_t k = 0; k < taps; k++) {
                const float weight = weights[t * taps + k];
                // Also where fewer taps than the most are needed: there is nothing to read behind the last one.
                if (weight == 0) continue;
                const float *line = in + (first[t] + k) * inner;
                for (size_t i = 0; i < inner; i++) out[i] += weight * line[i];
            }
        }
    }
}

void plateau_indicate(float *out, const uint8_t *labels, size_t count, uint8_t value) {
    for (size_t i = 0; i < count; i++) out[i] = labels[i] == value;
}

void plateau_keep_best(uint8_t *labels, float *best, const float *score, size_t count, uint8_t value) {
    for (size_t i = 0; i < count; i++) {
        if (score[i] > best[i]) {
            best[i] = score[i];
            labels[i] = value;
        }
    }
}

void plateau_to_half(uint16_t *out, const float *in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &in[i], sizeof bits);
        const uint32_t sign = bits >> 16 & 0x8000;
        bits &= 0x7fffffff;
        // 2^-14, the smallest normal half.
        if (bits < 0x38800000) {
            out[i] = 0;
            continue;
        }
        // The exponent's bias is 15 instead of 127; half a unit of the last place, less one if that is even.
        bits = bits - ((127 - 15) << 23) + 0xfff + (bits >> 13 & 1);
        out[i] = (uint16_t)(sign | bits >> 13);
    }
}

void plateau_from_half(float *out, const uint16_t *in, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t half = in[i], magnitude = half & 0x7fff;
        // Branch-free, so that it is vectorised; there are no subnormal halves.
        const uint32_t bits = ((half & 0x8000) << 16) | (magnitude ? (magnitude << 13) + ((127 - 15) << 23) : 0);
        memcpy(&out[i], &bits, sizeof bits);
    }
}

// Where the window's axis and the grid's overlap: places [from, to) of the window.
static void overlap(size_t size, size_t extent, int64_t shift, size_t *from, size_t *to) {
    const int64_t low = shift < 0 ? -shift : 0, high = (int64_t)extent - shift;
    *from = low > (int64_t)size ? size : (size_t)low;
    *to = high < (int64_t)*from ? *from : high > (int64_t)size ? size : (size_t)high;
}

#define WINDOW(copy)                                                                                                   \
    size_t from[3], to[3];                                                                                             \
    for (int axis = 0; axis < 3; axis++) overlap(size[axis], extent[axis], shift[axis], &from[axis], &to[axis]);       \
    for (size_t z = 0; z < size[0]; z++) {                                                                             \
        for (size_t y = 0; y < size[1]; y++, out += size[2]) {                                                         \
            const int inside = z >= from[0] && z < to[0] && y >= from[1] && y < to[1] && from[2] < to[2];              \
            if (!inside) {                                                                                             \
                memset(out, 0, size[2] * sizeof *out);                                                                 \
                continue;                                                                                              \
            }                                                                                                          \
            const size_t row = (size_t)((int64_t)z + shift[0]) * extent[1] + (size_t)((int64_t)y + shift[1]);          \
            const size_t start = (size_t)((int64_t)from[2] + shift[2]);                                                \
            memset(out, 0, from[2] * sizeof *out);                                                                     \
            copy(out + from[2], in + row * extent[2] + start, to[2] - from[2]);                                        \
            memset(out + to[2], 0, (size[2] - to[2]) * sizeof *out);                                                   \
        }                                                                                                              \
    }

void plateau_window_half(float *out, const size_t size[3], const uint16_t *in, const size_t extent[3],
                         const int64_t shift[3]) {
    WINDOW(plateau_from_half)
}

void plateau_window_labels(uint8_t *out, const size_t size[3], const uint8_t *in, const size_t extent[3],
                           const int64_t shift[3]) {
    WINDOW(memcpy)
}
