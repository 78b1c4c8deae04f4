#include "CKernels.h"
#include "ck_simd.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

void ck_use_one_blas_thread(void) { openblas_set_num_threads(1); }

size_t ck_conv_scratch(const struct ck_conv_shape *s) { return (size_t)s->C * s->kernel * s->kernel * s->OH * s->OW; }

// The range of output columns whose input column lies inside the image for tap offset d.
static void inside(int d, int stride, int limit, int outputs, int *first, int *last) {
    *first = 0;
    while (*first < outputs && *first * stride + d < 0) (*first)++;
    *last = outputs;
    while (*last > *first && (*last - 1) * stride + d >= limit) (*last)--;
}

CK_SIMD static void gather(float *col, const float *x, const struct ck_conv_shape *s) {
    const int taps = s->kernel;
    for (int c = 0; c < s->C; c++) {
        for (int i = 0; i < taps; i++) {
            for (int j = 0; j < taps; j++) {
                const int dx = j - s->pad;
                int first, last;
                inside(dx, s->stride, s->W, s->OW, &first, &last);
                for (int oy = 0; oy < s->OH; oy++) {
                    float *row = col + ((size_t)((c * taps + i) * taps + j) * s->OH + oy) * s->OW;
                    const int iy = oy * s->stride + i - s->pad;
                    if (iy < 0 || iy >= s->H) {
                        memset(row, 0, sizeof(float) * s->OW);
                        continue;
                    }
                    const float *line = x + ((size_t)c * s->H + iy) * s->W;
                    for (int ox = 0; ox < first; ox++) row[ox] = 0;
                    if (s->stride == 1) {
                        memcpy(row + first, line + first + dx, sizeof(float) * (last - first));
                    } else {
                        for (int ox = first; ox < last; ox++) row[ox] = line[ox * s->stride + dx];
                    }
                    for (int ox = last; ox < s->OW; ox++) row[ox] = 0;
                }
            }
        }
    }
}

// The adjoint of gather: adds every tap back to where it came from. x must hold the start values.
CK_SIMD static void scatter(float *x, const float *col, const struct ck_conv_shape *s) {
    const int taps = s->kernel;
    for (int c = 0; c < s->C; c++) {
        for (int i = 0; i < taps; i++) {
            for (int j = 0; j < taps; j++) {
                const int dx = j - s->pad;
                int first, last;
                inside(dx, s->stride, s->W, s->OW, &first, &last);
                for (int oy = 0; oy < s->OH; oy++) {
                    const float *row = col + ((size_t)((c * taps + i) * taps + j) * s->OH + oy) * s->OW;
                    const int iy = oy * s->stride + i - s->pad;
                    if (iy < 0 || iy >= s->H) continue;
                    float *line = x + ((size_t)c * s->H + iy) * s->W;
                    if (s->stride == 1) {
                        for (int ox = first; ox < last; ox++) line[ox + dx] += row[ox];
                    } else {
                        for (int ox = first; ox < last; ox++) line[ox * s->stride + dx] += row[ox];
                    }
                }
            }
        }
    }
}

// A 1×1 convolution with stride 1 reads its input as it lies.
static int is_pointwise(const struct ck_conv_shape *s) { return s->kernel == 1 && s->stride == 1 && s->pad == 0; }

CK_SIMD static void add_bias(float *y, const float *b, int channels, int positions) {
    for (int k = 0; k < channels; k++) {
        for (int p = 0; p < positions; p++) y[(size_t)k * positions + p] += b[k];
    }
}

CK_SIMD static void sum_positions(float *db, const float *dy, int channels, int positions) {
    for (int k = 0; k < channels; k++) {
        double sum = 0;
        for (int p = 0; p < positions; p++) sum += dy[(size_t)k * positions + p];
        db[k] += (float)sum;
    }
}

void ck_conv_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                     const struct ck_conv_shape *s) {
    const int positions = s->OH * s->OW, depth = s->C * s->kernel * s->kernel;
    const float *col = x;
    if (!is_pointwise(s)) {
        gather(scratch, x, s);
        col = scratch;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->K, positions, depth, 1, w, depth, col, positions, 0, y,
                positions);
    add_bias(y, b, s->K, positions);
}

void ck_conv_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w, float *scratch,
                      const struct ck_conv_shape *s) {
    const int positions = s->OH * s->OW, depth = s->C * s->kernel * s->kernel;
    const float *col = x;
    if (!is_pointwise(s)) {
        gather(scratch, x, s);
        col = scratch;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->K, depth, positions, 1, dy, positions, col, positions, 1,
                dw, depth);
    sum_positions(db, dy, s->K, positions);
    if (!dx) return;
    float *dcol = is_pointwise(s) ? dx : scratch;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, depth, positions, s->K, 1, w, depth, dy, positions, 0, dcol,
                positions);
    if (is_pointwise(s)) return;
    memset(dx, 0, sizeof(float) * s->C * s->H * s->W);
    scatter(dx, scratch, s);
}

void ck_conv_transposed_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                                const struct ck_conv_shape *s) {
    const int positions = s->OH * s->OW, depth = s->C * s->kernel * s->kernel;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, depth, positions, s->K, 1, w, depth, x, positions, 0, scratch,
                positions);
    for (int c = 0; c < s->C; c++) {
        for (int p = 0; p < s->H * s->W; p++) y[(size_t)c * s->H * s->W + p] = b[c];
    }
    scatter(y, scratch, s);
}

void ck_conv_transposed_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                                 float *scratch, const struct ck_conv_shape *s) {
    const int positions = s->OH * s->OW, depth = s->C * s->kernel * s->kernel;
    gather(scratch, dy, s);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->K, depth, positions, 1, x, positions, scratch, positions, 1,
                dw, depth);
    sum_positions(db, dy, s->C, s->H * s->W);
    if (!dx) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->K, positions, depth, 1, w, depth, scratch, positions, 0,
                dx, positions);
}
