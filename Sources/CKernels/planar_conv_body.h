// Legend: K channels in and out; OUT, VECTORS and ROWS, known to the compiler, are the outputs, the vectors of a row
// and the rows that one tile holds in registers: two rows where one has too few sums to keep the multipliers busy.
#include "part_body.h"

#if CK_REGISTERS == 32
#define VECTORS(out) 4
#define ROWS(sums) ((sums) <= 8 ? 2 : 1)
#define OUTPUTS 4
#define WEIGHT_OUTPUTS 3
#define WEIGHT_ROWS 3
#elif CK_REGISTERS == 16
#define VECTORS(out) ((out) < 2 ? 4 : (out) < 3 ? 2 : 1)
#define ROWS(sums) 1
#define OUTPUTS 4
#define WEIGHT_OUTPUTS 2
#define WEIGHT_ROWS 1
#else
#define VECTORS(out) 1
#define ROWS(sums) 1
#define OUTPUTS 2
#define WEIGHT_OUTPUTS 1
#define WEIGHT_ROWS 1
#endif

// The weight from input c to output k at tap t stands at start[k·out + c·in + t·tap]: convolution and adjoint differ in
// nothing else.
struct CK_NAME(weights) {
    const float *start;
    ptrdiff_t out, in, tap;
};

// One tile: y = b + x + Σ w·x at `vectors` vectors of `rows` rows of `out` channels from k on. n is 16, or fewer where
// the only vector is the rows' last.
CK_INLINE void CK_NAME(planar_tile)(float *y, const float *x, struct CK_NAME(weights) w, const float *b,
                                    const struct ck_grid *grid, int taps, int channels, int k, const int out,
                                    const int vectors, const int rows, int n) {
    v16 acc[2][OUTPUTS][4];
    const size_t volume = grid->volume, row = grid->row;
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int o = 0; o < out; o++) {
            const float bias = b ? b[k + o] : 0;
#pragma unroll
            for (int v = 0; v < vectors; v++)
                acc[r][o][v] = bias + CK_NAME(load)(x + (k + o) * volume + r * row + 16 * v, n);
        }
    const int slices = taps / 9;
    for (int c = 0; c < channels; c++)
        for (int kd = 0; kd < slices; kd++) {
            const float *from = x + c * volume + (ptrdiff_t)(kd - slices / 2) * grid->plane - row - 1;
            const float *tap = w.start + k * w.out + c * w.in + 9 * kd * w.tap;
            // Row j of x meets tap row j of the first row of y and j - 1 of the second: each sum keeps the order of
            // taps.
#pragma unroll
            for (int j = 0; j < rows + 2; j++, from += row)
#pragma unroll
                for (int kw = 0; kw < 3; kw++) {
                    v16 value[4];
#pragma unroll
                    for (int v = 0; v < vectors; v++) value[v] = CK_NAME(load)(from + kw + 16 * v, n);
#pragma unroll
                    for (int r = 0; r < rows; r++) {
                        const int kh = j - r;
                        if (kh < 0 || kh > 2) continue;
#pragma unroll
                        for (int o = 0; o < out; o++) {
                            const float weight = tap[o * w.out + (3 * kh + kw) * w.tap];
#pragma unroll
                            for (int v = 0; v < vectors; v++) acc[r][o][v] += weight * value[v];
                        }
                    }
                }
        }
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int o = 0; o < out; o++)
#pragma unroll
            for (int v = 0; v < vectors; v++) CK_NAME(store)(y + (k + o) * volume + r * row + 16 * v, acc[r][o][v], n);
}

// The tiles at one place of one row, or of it and the next.
CK_INLINE void CK_NAME(planar_tiles)(float *y, const float *x, struct CK_NAME(weights) w, const float *b,
                                     const struct ck_grid *grid, int taps, int channels, int k, const int out,
                                     const int vectors, int rows, int n) {
    if (ROWS(out * vectors) == 2 && rows == 2) {
        CK_NAME(planar_tile)(y, x, w, b, grid, taps, channels, k, out, vectors, 2, n);
        return;
    }
    for (int r = 0; r < rows; r++, y += grid->row, x += grid->row)
        CK_NAME(planar_tile)(y, x, w, b, grid, taps, channels, k, out, vectors, 1, n);
}

CK_INLINE void CK_NAME(planar_rows)(float *y, const float *x, struct CK_NAME(weights) w, const float *b,
                                    const struct ck_grid *grid, int taps, int channels, int k, const int out, int first,
                                    int last) {
    int rows;
    for (int r = first; r < last; r += rows) {
        // Two of one slice, or one.
        rows = r + 1 < last && r % grid->H + 1 < grid->H ? 2 : 1;
        const size_t row = (size_t)(r / grid->H) * grid->plane + (size_t)(r % grid->H) * grid->row;
        float *to = y + row;
        const float *from = x + row;
        int i = 0;
        for (; i + 16 * VECTORS(out) <= grid->W; i += 16 * VECTORS(out))
            CK_NAME(planar_tiles)(to + i, from + i, w, b, grid, taps, channels, k, out, VECTORS(out), rows, 16);
        if (VECTORS(out) > 2 && i + 32 <= grid->W) {
            CK_NAME(planar_tiles)(to + i, from + i, w, b, grid, taps, channels, k, out, 2, rows, 16);
            i += 32;
        }
        if (VECTORS(out) > 1 && i + 16 <= grid->W) {
            CK_NAME(planar_tiles)(to + i, from + i, w, b, grid, taps, channels, k, out, 1, rows, 16);
            i += 16;
        }
        const int left = grid->W - i;
        if (left > 0) CK_NAME(planar_tiles)(to + i, from + i, w, b, grid, taps, channels, k, out, 1, rows, left);
    }
}

static void CK_NAME(planar_conv)(float *y, const float *x, struct CK_NAME(weights) w, const float *b,
                                 const struct ck_grid *grid, int taps, int channels, int first, int last) {
    int k = 0;
#if OUTPUTS >= 4
    for (; k + 4 <= channels; k += 4) CK_NAME(planar_rows)(y, x, w, b, grid, taps, channels, k, 4, first, last);
    if (k + 3 == channels) {
        CK_NAME(planar_rows)(y, x, w, b, grid, taps, channels, k, 3, first, last);
        k += 3;
    }
#endif
    for (; k + 2 <= channels; k += 2) CK_NAME(planar_rows)(y, x, w, b, grid, taps, channels, k, 2, first, last);
    if (k < channels) CK_NAME(planar_rows)(y, x, w, b, grid, taps, channels, k, 1, first, last);
}

static void CK_NAME(planar_conv_forward)(float *y, const float *x, const float *w, const float *b,
                                         const struct ck_grid *grid, int taps, int channels, int first, int last) {
    const struct CK_NAME(weights) weights = {w, (ptrdiff_t)channels * taps, taps, 1};
    CK_NAME(planar_conv)(y, x, weights, b, grid, taps, channels, first, last);
}

static void CK_NAME(planar_conv_backward_input)(float *dx, const float *dy, const float *w, const struct ck_grid *grid,
                                                int taps, int channels, int first, int last) {
    const struct CK_NAME(weights) weights = {w + taps - 1, taps, (ptrdiff_t)channels * taps, -1};
    CK_NAME(planar_conv)(dx, dy, weights, NULL, grid, taps, channels, first, last);
}

// Adds up to 16 positions' products of `out` channels of dy with `rows`·3 taps of one channel of x.
CK_INLINE void CK_NAME(planar_products)(v16 acc[WEIGHT_OUTPUTS][3 * WEIGHT_ROWS], const float *dy, const float *x,
                                        const struct ck_grid *grid, const int out, int n) {
    v16 grad[WEIGHT_OUTPUTS];
#pragma unroll
    for (int o = 0; o < out; o++) grad[o] = CK_NAME(load)(dy + (size_t)o * grid->volume, n);
#pragma unroll
    for (int t = 0; t < 3 * WEIGHT_ROWS; t++) {
        const v16 value = CK_NAME(load)(x + t / 3 * grid->row + t % 3, n);
#pragma unroll
        for (int o = 0; o < out; o++) acc[o][t] += grad[o] * value;
    }
}

// The rows' products of `out` channels of dy with 3·WEIGHT_ROWS taps of one channel of x, added to dw, whose outputs
// are `stride` apart. dy points to the first row of slice 0; so does x, moved by the first of the taps.
CK_INLINE void CK_NAME(planar_weight_tile)(float *dw, size_t stride, const float *dy, const float *x,
                                           const struct ck_grid *grid, const int out, int first, int last) {
    v16 acc[WEIGHT_OUTPUTS][3 * WEIGHT_ROWS];
#pragma unroll
    for (int o = 0; o < out; o++)
#pragma unroll
        for (int t = 0; t < 3 * WEIGHT_ROWS; t++) acc[o][t] = 0;
    for (int r = first; r < last; r++) {
        const size_t row = (size_t)(r / grid->H) * grid->plane + (size_t)(r % grid->H) * grid->row;
        int i = 0;
        for (; i + 16 <= grid->W; i += 16) CK_NAME(planar_products)(acc, dy + row + i, x + row + i, grid, out, 16);
        if (i < grid->W) CK_NAME(planar_products)(acc, dy + row + i, x + row + i, grid, out, grid->W - i);
    }
#pragma unroll
    for (int o = 0; o < out; o++)
#pragma unroll
        for (int t = 0; t < 3 * WEIGHT_ROWS; t++) dw[o * stride + t] += CK_NAME(sum)(acc[o][t]);
}

static void CK_NAME(planar_conv_backward_weights)(float *dw, float *db, const float *dy, const float *x,
                                                  const struct ck_grid *grid, int taps, int channels, int first,
                                                  int last, int accumulate) {
    const size_t volume = grid->volume, stride = (size_t)channels * taps;
    if (!accumulate) {
        memset(dw, 0, sizeof(float) * stride * channels);
        memset(db, 0, sizeof(float) * channels);
    }
    const int slices = taps / 9;
    // Some rows at a time: they stay in the cache from tile to tile, and no float sum runs over many positions.
    const int rows = grid->W < 4096 ? 4096 / grid->W : 1;
    for (int start = first; start < last; start += rows) {
        const int end = last - start < rows ? last : start + rows;
        for (int k = 0; k < channels; k++) {
            v16 sum = 0;
            for (int r = start; r < end; r++) {
                const float *row =
                    dy + k * volume + (size_t)(r / grid->H) * grid->plane + (size_t)(r % grid->H) * grid->row;
                for (int i = 0; i < grid->W; i += 16) sum += CK_NAME(load)(row + i, grid->W - i);
            }
            db[k] += CK_NAME(sum)(sum);
        }
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < taps; t += 3 * WEIGHT_ROWS) {
                const float *from = x + c * volume + (ptrdiff_t)(t / 9 - slices / 2) * grid->plane +
                                    (ptrdiff_t)(t % 9 / 3 - 1) * grid->row - 1;
                int out;
                for (int k = 0; k < channels; k += out) {
                    const float *grad = dy + k * volume;
                    float *to = dw + k * stride + (size_t)c * taps + t;
                    out = channels - k < WEIGHT_OUTPUTS ? channels - k : WEIGHT_OUTPUTS;
                    if (out == WEIGHT_OUTPUTS)
                        CK_NAME(planar_weight_tile)(to, stride, grad, from, grid, WEIGHT_OUTPUTS, start, end);
#if WEIGHT_OUTPUTS > 2
                    else if (out == 2)
                        CK_NAME(planar_weight_tile)(to, stride, grad, from, grid, 2, start, end);
#endif
                    else
                        CK_NAME(planar_weight_tile)(to, stride, grad, from, grid, 1, start, end);
                }
            }
    }
}

#undef VECTORS
#undef ROWS
#undef OUTPUTS
#undef WEIGHT_OUTPUTS
#undef WEIGHT_ROWS
