// One tile of a convolution: WIDTH positions × BLOCKS·16 channels of the output stay in registers while the input's
// channels stream past. Legend: i position, b output block, t tap, c input channel.

struct CK_NAME(tile) {
    const struct ck_tap *taps;
    int tap_count;
    int in_blocks;
    ptrdiff_t x_block, w_block; // floats from one block of inputs to the next: of x, and of w for one output block
    ptrdiff_t w_out;            // from one output block's weights to the next's
    ptrdiff_t y_block;          // from one output block to the next
    // Of each position, in floats: in the output, and in what it is added to.
    const int *y_offset, *init_offset;
};

CK_INLINE void CK_NAME(compute)(float *y, const float *init, const float *x, const float *w,
                                const struct CK_NAME(tile) * s, const int width, const int blocks, const int step,
                                const int channels) {
    v16 sum[28][2];
#pragma unroll
    for (int i = 0; i < width; i++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) sum[i][b] = 0;
    }
    for (int block = 0; block < s->in_blocks; block++) {
        for (int t = 0; t < s->tap_count; t++) {
            const float *from = x + block * s->x_block + s->taps[t].x;
            const float *weight = w + block * s->w_block + s->taps[t].w;
#pragma clang loop unroll_count(2)
            for (int c = 0; c < channels; c++) {
                v16 by[2];
#pragma unroll
                for (int b = 0; b < blocks; b++) by[b] = CK_LOAD(weight + b * s->w_out + c * CK_LANES);
#pragma unroll
                for (int i = 0; i < width; i++) {
                    const v16 value = from[i * step + c];
#pragma unroll
                    for (int b = 0; b < blocks; b++) sum[i][b] += value * by[b];
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

typedef void (*CK_NAME(kernel))(float *, const float *, const float *, const float *, const struct CK_NAME(tile) *);

#define CK_TILE(WIDTH, BLOCKS, STEP, CHANNELS)                                                                         \
    static void CK_JOIN(CK_NAME(tile_##WIDTH##_##BLOCKS##_##STEP), _)(                                                 \
        float *y, const float *init, const float *x, const float *w, const struct CK_NAME(tile) * s) {                 \
        CK_NAME(compute)(y, init, x, w, s, WIDTH, BLOCKS, STEP, CHANNELS);                                             \
    }
#define CK_ENTRY(WIDTH, BLOCKS, STEP, CHANNELS) CK_JOIN(CK_NAME(tile_##WIDTH##_##BLOCKS##_##STEP), _),

// The formatter never settles on these.
// clang-format off
#define CK_NONE(M, ...)
#define CK_UP_TO_2(M, ...) M(1, __VA_ARGS__) M(2, __VA_ARGS__)
#define CK_UP_TO_6(M, ...) CK_UP_TO_2(M, __VA_ARGS__) M(3, __VA_ARGS__) M(4, __VA_ARGS__) M(5, __VA_ARGS__) M(6, __VA_ARGS__)
#define CK_UP_TO_14(M, ...) \
    CK_UP_TO_6(M, __VA_ARGS__) \
    M(7, __VA_ARGS__) M(8, __VA_ARGS__) M(9, __VA_ARGS__) M(10, __VA_ARGS__) \
    M(11, __VA_ARGS__) M(12, __VA_ARGS__) M(13, __VA_ARGS__) M(14, __VA_ARGS__)
#define CK_UP_TO_28(M, ...) \
    CK_UP_TO_14(M, __VA_ARGS__) \
    M(15, __VA_ARGS__) M(16, __VA_ARGS__) M(17, __VA_ARGS__) M(18, __VA_ARGS__) \
    M(19, __VA_ARGS__) M(20, __VA_ARGS__) M(21, __VA_ARGS__) M(22, __VA_ARGS__) \
    M(23, __VA_ARGS__) M(24, __VA_ARGS__) M(25, __VA_ARGS__) M(26, __VA_ARGS__) \
    M(27, __VA_ARGS__) M(28, __VA_ARGS__)
// clang-format on

// How many positions of one block, or of two, the registers hold beside a vector of weights for each block. A tile that
// overflows them runs at half the speed, so with few registers there is none of two blocks.
#if CK_REGISTERS == 32
#define CK_ONE CK_UP_TO_28
#define CK_TWO CK_UP_TO_14
enum { CK_NAME(one) = 28, CK_NAME(two) = 14 };
#elif CK_REGISTERS == 16
#define CK_ONE CK_UP_TO_6
#define CK_TWO CK_NONE
enum { CK_NAME(one) = 6, CK_NAME(two) = 0 };
#else
#define CK_ONE CK_UP_TO_2
#define CK_TWO CK_NONE
enum { CK_NAME(one) = 2, CK_NAME(two) = 0 };
#endif

CK_ONE(CK_TILE, 1, 16, 16)
CK_ONE(CK_TILE, 1, 32, 16)
CK_ONE(CK_TILE, 1, 2, 1)
CK_TWO(CK_TILE, 2, 16, 16)
CK_TWO(CK_TILE, 2, 32, 16)
CK_TWO(CK_TILE, 2, 2, 1)

static CK_NAME(kernel) CK_NAME(pick)(int width, int blocks, int step) {
    static const CK_NAME(kernel)
        one[3][28] = {{CK_ONE(CK_ENTRY, 1, 16, 16)}, {CK_ONE(CK_ENTRY, 1, 32, 16)}, {CK_ONE(CK_ENTRY, 1, 2, 1)}};
    static const CK_NAME(kernel)
        two[3][14 + 1] = {{CK_TWO(CK_ENTRY, 2, 16, 16)}, {CK_TWO(CK_ENTRY, 2, 32, 16)}, {CK_TWO(CK_ENTRY, 2, 2, 1)}};
    const int row = step == 16 ? 0 : step == 32 ? 1 : 2;
    return blocks == 1 ? one[row][width - 1] : two[row][width - 1];
}

// A row of `width` positions, cut into pieces as equal as can be.
static void CK_NAME(row)(float *y, const float *init, const float *x, const float *w, struct CK_NAME(tile) * s,
                         int width, int blocks, int x_step, int y_step) {
    if (blocks == 2 && CK_NAME(two) == 0) {
        CK_NAME(row)(y, init, x, w, s, width, 1, x_step, y_step);
        y += s->y_block, init = init ? init + s->y_block : NULL, w += s->w_out, blocks = 1;
    }
    const int most = blocks == 1 ? CK_NAME(one) : CK_NAME(two);
    const int pieces = (width + most - 1) / most;
    int start = 0;
    for (int piece = 0; piece < pieces; piece++) {
        const int end = (int)((long)width * (piece + 1) / pieces);
        const ptrdiff_t out = (ptrdiff_t)start * y_step;
        CK_NAME(pick)
        (end - start, blocks, x_step)(y + out, init ? init + out : NULL, x + (ptrdiff_t)start * x_step, w, s);
        start = end;
    }
}

// A tile of weight gradients, CHANNELS of C × BLOCKS·16 of K, stays in registers while the positions of some rows
// stream past.
CK_INLINE void CK_NAME(gradient_tile)(float *dw, ptrdiff_t dw_block, const float *dy, ptrdiff_t dy_block,
                                      const float *x, const struct ck_row *rows, int row_count, int width, int step,
                                      int accumulate, const int channels, const int blocks) {
    v16 sum[16][2];
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) sum[c][b] = accumulate ? CK_LOAD(dw + b * dw_block + c * CK_LANES) : (v16)0;
    }
    for (int r = 0; r < row_count; r++) {
        const float *value = x + rows[r].x, *gradient = dy + rows[r].y;
        for (int p = 0; p < width; p++, value += step, gradient += CK_LANES) {
            v16 by[2];
#pragma unroll
            for (int b = 0; b < blocks; b++) by[b] = CK_LOAD(gradient + b * dy_block);
#pragma unroll
            for (int c = 0; c < channels; c++) {
                const v16 factor = value[c];
#pragma unroll
                for (int b = 0; b < blocks; b++) sum[c][b] += factor * by[b];
            }
        }
    }
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) CK_STORE(dw + b * dw_block + c * CK_LANES, sum[c][b]);
    }
}

#if CK_REGISTERS == 32
enum { CK_NAME(tall) = 16, CK_NAME(flat) = 8 };
#elif CK_REGISTERS == 16
enum { CK_NAME(tall) = 4, CK_NAME(flat) = 2 };
#else
enum { CK_NAME(tall) = 2, CK_NAME(flat) = 1 };
#endif

#undef CK_TILE
#undef CK_ENTRY
#undef CK_NONE
#undef CK_UP_TO_2
#undef CK_UP_TO_6
#undef CK_UP_TO_14
#undef CK_UP_TO_28
#undef CK_ONE
#undef CK_TWO
