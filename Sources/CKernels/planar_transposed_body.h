// Legend: K planar channels of y, B blocks of 16 channels of x. Rows of x are transposed to 16·B planar rows first, so
// that 16 positions of y come out of every product. In each dimension an even position of y takes tap 1 from its
// position of x, an odd one tap 2 from it and tap 0 from the next. OUT and VECTORS, known to the compiler, are the
// channels and the vectors of a row of x that one tile holds in registers, JOINED the rows of y: as many of the four
// (of two slices) that take from one row of x as there is room for, so that the multipliers need not wait for sums.
#include "part_body.h"

#if CK_REGISTERS == 32
#define VECTORS(out) ((out) == 1 ? 4 : 2)
#define JOINED(sums) ((sums) <= 3 ? 4 : (sums) <= 6 ? 2 : 1)
#define OUTPUTS 3
#elif CK_REGISTERS == 16
#define VECTORS(out) ((out) == 1 ? 2 : 1)
#define JOINED(sums) 1
#define OUTPUTS 2
#else
#define VECTORS(out) 1
#define JOINED(sums) 1
#define OUTPUTS 1
#endif

// 16 positions of 16 channels become 16 channels of 16 positions, in two steps of the same kind: pairs and fours within
// 128 bits, then the 128 bits themselves.
CK_INLINE void CK_NAME(transpose)(v16 a[16]) {
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW2(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH2(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    v16 four[16];
#pragma unroll
    for (int i = 0; i < 16; i += 4) {
        const v16 low01 = LOW(a[i], a[i + 1]), high01 = HIGH(a[i], a[i + 1]);
        const v16 low23 = LOW(a[i + 2], a[i + 3]), high23 = HIGH(a[i + 2], a[i + 3]);
        // Channels 4·q + j of positions i … i + 3, q from 0 to 3.
        four[i] = LOW2(low01, low23);
        four[i + 1] = HIGH2(low01, low23);
        four[i + 2] = LOW2(high01, high23);
        four[i + 3] = HIGH2(high01, high23);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
        const v16 even0 = EVEN4(four[j], four[4 + j]), odd0 = ODD4(four[j], four[4 + j]);
        const v16 even1 = EVEN4(four[8 + j], four[12 + j]), odd1 = ODD4(four[8 + j], four[12 + j]);
        a[j] = EVEN4(even0, even1);
        a[4 + j] = EVEN4(odd0, odd1);
        a[8 + j] = ODD4(even0, even1);
        a[12 + j] = ODD4(odd0, odd1);
    }
#undef LOW
#undef HIGH
#undef LOW2
#undef HIGH2
#undef EVEN4
#undef ODD4
}

// to, 16·B planar rows `pitch` floats apart, gets a row of x and the position behind it, which is in the halo.
static void CK_NAME(transpose_row)(float *to, int pitch, const float *x, const struct ck_grid *grid, int blocks) {
    for (int b = 0; b < blocks; b++)
        for (int i = 0; i <= grid->W; i += 16) {
            const float *from = x + ((size_t)b * grid->volume + i) * CK_LANES;
            v16 a[16];
#pragma unroll
            for (int p = 0; p < 16; p++) a[p] = i + p <= grid->W ? CK_LOAD(from + p * CK_LANES) : (v16)0.0f;
            CK_NAME(transpose)(a);
#pragma unroll
            for (int c = 0; c < 16; c++) CK_STORE(to + (size_t)(16 * b + c) * pitch + i, a[c]);
        }
}

// Rows of y by their slice's and their own parity, and rows of x: of this and the next slice, this and the next row. In
// two dimensions all are of one slice.
struct CK_NAME(rows) {
    float *y[2][2];
    const float *x[2][2];
};

// `slices` and `lines` are 2 where both parities are in the tile, else 1: that of `odd_slice` and `odd_line`.
CK_INLINE void CK_NAME(transposed_tile)(const struct CK_NAME(rows) * at, const float *w, const float *b, size_t volume,
                                        int pitch, int taps, int channels, int blocks, int i, int k, const int out,
                                        const int vectors, int n, const int slices, int odd_slice, const int lines,
                                        int odd_line) {
    v16 even[2][2][OUTPUTS][4], odd[2][2][OUTPUTS][4];
#pragma unroll
    for (int d = 0; d < slices; d++)
#pragma unroll
        for (int h = 0; h < lines; h++)
#pragma unroll
            for (int o = 0; o < out; o++)
#pragma unroll
                for (int v = 0; v < vectors; v++) even[d][h][o][v] = odd[d][h][o][v] = b[k + o];
#pragma unroll
    for (int slice = 0; slice < 2; slice++)
#pragma unroll
        for (int row = 0; row < 2; row++) {
            if (slice > (slices == 2 ? 1 : odd_slice) || row > (lines == 2 ? 1 : odd_line)) continue;
            for (int block = 0; block < blocks; block++) {
                const float *x = at->x[slice][row] + (size_t)16 * block * pitch + i;
                const float *weights = w + (size_t)(block * channels + k) * taps * CK_LANES;
                for (int c = 0; c < CK_LANES; c++, x += pitch, weights++) {
                    v16 here[4], next[4];
#pragma unroll
                    for (int v = 0; v < vectors; v++) {
                        here[v] = CK_LOAD(x + 16 * v);
                        next[v] = CK_LOAD(x + 16 * v + 1);
                    }
#pragma unroll
                    for (int d = 0; d < slices; d++)
#pragma unroll
                        for (int h = 0; h < lines; h++) {
                            const int in_odd_slice = slices == 2 ? d : odd_slice,
                                      in_odd_line = lines == 2 ? h : odd_line;
                            if (slice > in_odd_slice || row > in_odd_line) continue;
                            const int kd = in_odd_slice ? 2 - 2 * slice : 1, kh = in_odd_line ? 2 - 2 * row : 1;
                            const int first = taps == 27 ? 9 * kd + 3 * kh : 3 * kh;
#pragma unroll
                            for (int o = 0; o < out; o++) {
                                const float *tap = weights + (o * taps + first) * CK_LANES;
                                const float before = tap[0], middle = tap[CK_LANES], after = tap[2 * CK_LANES];
#pragma unroll
                                for (int v = 0; v < vectors; v++) {
                                    even[d][h][o][v] += middle * here[v];
                                    odd[d][h][o][v] += after * here[v];
                                    odd[d][h][o][v] += before * next[v];
                                }
                            }
                        }
                }
            }
        }
#pragma unroll
    for (int d = 0; d < slices; d++)
#pragma unroll
        for (int h = 0; h < lines; h++)
#pragma unroll
            for (int o = 0; o < out; o++)
#pragma unroll
                for (int v = 0; v < vectors; v++) {
                    const v16 left = even[d][h][o][v], right = odd[d][h][o][v];
                    float *to = at->y[slices == 2 ? d : odd_slice][lines == 2 ? h : odd_line] + (k + o) * volume +
                                2 * i + 32 * v;
                    const v16 first =
                        __builtin_shufflevector(left, right, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                    const v16 second = __builtin_shufflevector(left, right, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                               29, 14, 30, 15, 31);
                    CK_NAME(store)(to, first, 2 * n);
                    if (n > 8) CK_NAME(store)(to + 16, second, 2 * n - 16);
                }
}

// The tiles of all rows of y at one place.
CK_INLINE void CK_NAME(transposed_tiles)(const struct CK_NAME(rows) * at, const float *w, const float *b, size_t volume,
                                         int pitch, const int taps, int channels, int blocks, int i, int k,
                                         const int out, const int vectors, int n) {
    if (JOINED(out * vectors) == 4 && taps == 27) {
        CK_NAME(transposed_tile)(at, w, b, volume, pitch, taps, channels, blocks, i, k, out, vectors, n, 2, 0, 2, 0);
        return;
    }
    for (int d = 0; d <= (taps == 27); d++) {
        if (JOINED(out * vectors) >= 2) {
            CK_NAME(transposed_tile)
            (at, w, b, volume, pitch, taps, channels, blocks, i, k, out, vectors, n, 1, d, 2, 0);
            continue;
        }
        for (int h = 0; h < 2; h++) CK_NAME(transposed_tile)
        (at, w, b, volume, pitch, taps, channels, blocks, i, k, out, vectors, n, 1, d, 1, h);
    }
}

CK_INLINE void CK_NAME(transposed_rows)(const struct CK_NAME(rows) * at, const float *w, const float *b, size_t volume,
                                        int pitch, const int taps, int channels, int blocks, int width, int k,
                                        const int out) {
    int i = 0;
    for (; i + 16 * VECTORS(out) <= width; i += 16 * VECTORS(out))
        CK_NAME(transposed_tiles)(at, w, b, volume, pitch, taps, channels, blocks, i, k, out, VECTORS(out), 16);
    if (VECTORS(out) > 2 && i + 32 <= width) {
        CK_NAME(transposed_tiles)(at, w, b, volume, pitch, taps, channels, blocks, i, k, out, 2, 16);
        i += 32;
    }
    for (; i < width; i += 16) {
        const int n = width - i < 16 ? width - i : 16;
        CK_NAME(transposed_tiles)(at, w, b, volume, pitch, taps, channels, blocks, i, k, out, 1, n);
    }
}

CK_INLINE void CK_NAME(transposed_channels)(const struct CK_NAME(rows) * at, const float *w, const float *b,
                                            size_t volume, int pitch, const int taps, int channels, int blocks,
                                            int width) {
    int k = 0;
#if OUTPUTS >= 3
    for (; k + 3 <= channels && channels - k != 4; k += 3)
        CK_NAME(transposed_rows)(at, w, b, volume, pitch, taps, channels, blocks, width, k, 3);
#endif
#if OUTPUTS >= 2
    for (; k + 2 <= channels; k += 2)
        CK_NAME(transposed_rows)(at, w, b, volume, pitch, taps, channels, blocks, width, k, 2);
#endif
    for (; k < channels; k++) CK_NAME(transposed_rows)(at, w, b, volume, pitch, taps, channels, blocks, width, k, 1);
}

static void CK_NAME(planar_transposed_forward)(float *y, const float *x, const float *w, const float *b, float *scratch,
                                               const struct ck_grid *ygrid, const struct ck_grid *xgrid, int taps,
                                               int channels, int blocks, int first, int last) {
    const int pitch = TRANSPOSED_PITCH(xgrid), deep = taps == 27;
    const size_t slot = (size_t)16 * blocks * pitch, volume = ygrid->volume;
    for (int r = first; r < last; r++) {
        const int d = r / xgrid->H, h = r % xgrid->H;
        // Four slots, for this row and the next of this slice and the next; what was the next row is this one now.
        for (int slice = 0; slice <= deep; slice++)
            for (int row = r > first && h > 0; row < 2; row++) {
                const size_t place = (size_t)(d + slice) * xgrid->plane + (size_t)(h + row) * xgrid->row;
                float *planes = scratch + (2 * slice + (h + row) % 2) * slot;
                CK_NAME(transpose_row)(planes, pitch, x + place * CK_LANES, xgrid, blocks);
            }
        struct CK_NAME(rows) at;
        for (int slice = 0; slice < 2; slice++)
            for (int row = 0; row < 2; row++) {
                at.x[slice][row] = scratch + (2 * (deep ? slice : 0) + (h + row) % 2) * slot;
                at.y[slice][row] =
                    y + (size_t)(deep ? 2 * d + slice : d) * ygrid->plane + (size_t)(2 * h + row) * ygrid->row;
            }
        if (deep)
            CK_NAME(transposed_channels)(&at, w, b, volume, pitch, 27, channels, blocks, xgrid->W);
        else
            CK_NAME(transposed_channels)(&at, w, b, volume, pitch, 9, channels, blocks, xgrid->W);
    }
}

#undef VECTORS
#undef JOINED
#undef OUTPUTS
