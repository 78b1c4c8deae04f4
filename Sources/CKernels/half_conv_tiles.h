// One tile of a convolution in bf16: WIDTH positions × BLOCKS·16 channels of the output stay in registers while the
// input's channels stream past, two at a time. Legend: i position, b output block, t tap, c pair of input channels.
#include "conv_geometry.h"
#include "half_vector.h"

// How many positions of one block, or of two, the registers hold beside a vector of weights for each block.
enum { HALF_ONE = 28, HALF_TWO = 14 };

struct half_tile {
    const struct ck_tap *taps;
    int tap_count;
    int in_blocks;
    ptrdiff_t x_block, w_block; // pairs from one block of inputs to the next: of x, and of w for one output block
    ptrdiff_t w_out;            // from one output block's weights to the next's
    ptrdiff_t y_block;          // floats from one output block to the next
    // Of each position, in floats: in the output, and in what it is added to.
    const int *y_offset, *init_offset;
};

CK_INLINE void half_compute(float *y, const float *init, const ck_pair *x, const ck_pair *w, const struct half_tile *s,
                            const int width, const int blocks, const int step) {
    v16 sum[HALF_ONE][2];
#pragma unroll
    for (int i = 0; i < width; i++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) sum[i][b] = 0;
    }
    for (int block = 0; block < s->in_blocks; block++) {
        for (int t = 0; t < s->tap_count; t++) {
            const ck_pair *from = x + block * s->x_block + s->taps[t].x;
            const ck_pair *weight = w + block * s->w_block + s->taps[t].w;
#pragma clang loop unroll_count(2)
            for (int c = 0; c < CK_HALF_PAIRS; c++) {
                p16 by[2];
#pragma unroll
                for (int b = 0; b < blocks; b++) by[b] = ck_half_load(weight + b * s->w_out + c * CK_LANES);
#pragma unroll
                for (int i = 0; i < width; i++) {
                    const p16 value = from[i * step + c];
#pragma unroll
                    for (int b = 0; b < blocks; b++) sum[i][b] = ck_half_dot(sum[i][b], by[b], value);
                }
            }
        }
    }
#pragma unroll
    for (int b = 0; b < blocks; b++) {
        float *out = y + b * s->y_block;
        if (init) {
            const float *start = init + b * s->y_block;
#pragma unroll
            for (int i = 0; i < width; i++)
                CK_STORE(out + s->y_offset[i], sum[i][b] + CK_LOAD(start + s->init_offset[i]));
        } else {
#pragma unroll
            for (int i = 0; i < width; i++) CK_STORE(out + s->y_offset[i], sum[i][b]);
        }
    }
}

typedef void (*half_kernel)(float *, const float *, const ck_pair *, const ck_pair *, const struct half_tile *);

#define HALF_TILE(WIDTH, BLOCKS, STEP)                                                                                 \
    static void half_tile_##WIDTH##_##BLOCKS##_##STEP(float *y, const float *init, const ck_pair *x, const ck_pair *w, \
                                                      const struct half_tile *s) {                                     \
        half_compute(y, init, x, w, s, WIDTH, BLOCKS, STEP);                                                           \
    }
#define HALF_ENTRY(WIDTH, BLOCKS, STEP) half_tile_##WIDTH##_##BLOCKS##_##STEP,

#define HALF_UP_TO_14(M, ...)                                                                                          \
    M(1, __VA_ARGS__)                                                                                                  \
    M(2, __VA_ARGS__)                                                                                                  \
    M(3, __VA_ARGS__)                                                                                                  \
    M(4, __VA_ARGS__)                                                                                                  \
    M(5, __VA_ARGS__)                                                                                                  \
    M(6, __VA_ARGS__)                                                                                                  \
    M(7, __VA_ARGS__)                                                                                                  \
    M(8, __VA_ARGS__)                                                                                                  \
    M(9, __VA_ARGS__) M(10, __VA_ARGS__) M(11, __VA_ARGS__) M(12, __VA_ARGS__) M(13, __VA_ARGS__) M(14, __VA_ARGS__)
#define HALF_UP_TO_28(M, ...)                                                                                          \
    HALF_UP_TO_14(M, __VA_ARGS__)                                                                                      \
    M(15, __VA_ARGS__)                                                                                                 \
    M(16, __VA_ARGS__)                                                                                                 \
    M(17, __VA_ARGS__)                                                                                                 \
    M(18, __VA_ARGS__)                                                                                                 \
    M(19, __VA_ARGS__)                                                                                                 \
    M(20, __VA_ARGS__)                                                                                                 \
    M(21, __VA_ARGS__)                                                                                                 \
    M(22, __VA_ARGS__)                                                                                                 \
    M(23, __VA_ARGS__) M(24, __VA_ARGS__) M(25, __VA_ARGS__) M(26, __VA_ARGS__) M(27, __VA_ARGS__) M(28, __VA_ARGS__)

HALF_UP_TO_28(HALF_TILE, 1, 8)
HALF_UP_TO_28(HALF_TILE, 1, 16)
HALF_UP_TO_14(HALF_TILE, 2, 8)
HALF_UP_TO_14(HALF_TILE, 2, 16)

// The tile of so many positions, which lie `step` pairs apart: 8, or 16 where the convolution has stride 2.
static half_kernel half_pick(int width, int blocks, int step) {
    static const half_kernel one[2][HALF_ONE] = {{HALF_UP_TO_28(HALF_ENTRY, 1, 8)}, {HALF_UP_TO_28(HALF_ENTRY, 1, 16)}};
    static const half_kernel two[2][HALF_TWO] = {{HALF_UP_TO_14(HALF_ENTRY, 2, 8)}, {HALF_UP_TO_14(HALF_ENTRY, 2, 16)}};
    return blocks == 1 ? one[step == 16][width - 1] : two[step == 16][width - 1];
}

// A row of `width` positions, cut into pieces as equal as can be.
static void half_row(float *y, const float *init, const ck_pair *x, const ck_pair *w, const struct half_tile *s,
                     int width, int blocks, int x_step, int y_step) {
    const int most = blocks == 1 ? HALF_ONE : HALF_TWO;
    const int pieces = (width + most - 1) / most;
    int start = 0;
    for (int piece = 0; piece < pieces; piece++) {
        const int end = (int)((long)width * (piece + 1) / pieces);
        const ptrdiff_t out = (ptrdiff_t)start * y_step;
        half_pick(end - start, blocks, x_step)(y + out, init ? init + out : NULL, x + (ptrdiff_t)start * x_step, w, s);
        start = end;
    }
}

#undef HALF_TILE
#undef HALF_ENTRY
#undef HALF_UP_TO_14
#undef HALF_UP_TO_28
