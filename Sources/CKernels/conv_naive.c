#include "CKernels.h"

#include <string.h>

// Walks every product of a convolution: output position (k, oy, ox), input position (c, iy, ix), tap (i, j).
#define FOR_EACH_PRODUCT(s)                                                                                            \
    for (int k = 0; k < (s)->K; k++)                                                                                   \
        for (int oy = 0; oy < (s)->OH; oy++)                                                                           \
            for (int ox = 0; ox < (s)->OW; ox++)                                                                       \
                for (int c = 0; c < (s)->C; c++)                                                                       \
                    for (int i = 0; i < (s)->kernel; i++)                                                              \
                        for (int j = 0; j < (s)->kernel; j++)

#define OUTPUT(s) (((size_t)k * (s)->OH + oy) * (s)->OW + ox)
#define INPUT(s, iy, ix) (((size_t)c * (s)->H + (iy)) * (s)->W + (ix))
#define WEIGHT(s) ((((size_t)k * (s)->C + c) * (s)->kernel + i) * (s)->kernel + j)
#define INSIDE(s, iy, ix) ((iy) >= 0 && (iy) < (s)->H && (ix) >= 0 && (ix) < (s)->W)

void ck_conv_forward_naive(float *y, const float *x, const float *w, const float *b, const struct ck_conv_shape *s) {
    for (int k = 0; k < s->K; k++)
        for (int p = 0; p < s->OH * s->OW; p++) y[(size_t)k * s->OH * s->OW + p] = b[k];
    FOR_EACH_PRODUCT(s) {
        const int iy = oy * s->stride + i - s->pad, ix = ox * s->stride + j - s->pad;
        if (INSIDE(s, iy, ix)) y[OUTPUT(s)] += w[WEIGHT(s)] * x[INPUT(s, iy, ix)];
    }
}

void ck_conv_backward_naive(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                            const struct ck_conv_shape *s) {
    memset(dx, 0, sizeof(float) * s->C * s->H * s->W);
    for (int k = 0; k < s->K; k++)
        for (int p = 0; p < s->OH * s->OW; p++) db[k] += dy[(size_t)k * s->OH * s->OW + p];
    FOR_EACH_PRODUCT(s) {
        const int iy = oy * s->stride + i - s->pad, ix = ox * s->stride + j - s->pad;
        if (!INSIDE(s, iy, ix)) continue;
        dx[INPUT(s, iy, ix)] += w[WEIGHT(s)] * dy[OUTPUT(s)];
        dw[WEIGHT(s)] += x[INPUT(s, iy, ix)] * dy[OUTPUT(s)];
    }
}

void ck_conv_transposed_forward_naive(float *y, const float *x, const float *w, const float *b,
                                      const struct ck_conv_shape *s) {
    for (int c = 0; c < s->C; c++)
        for (int p = 0; p < s->H * s->W; p++) y[(size_t)c * s->H * s->W + p] = b[c];
    FOR_EACH_PRODUCT(s) {
        const int iy = oy * s->stride + i - s->pad, ix = ox * s->stride + j - s->pad;
        if (INSIDE(s, iy, ix)) y[INPUT(s, iy, ix)] += w[WEIGHT(s)] * x[OUTPUT(s)];
    }
}

void ck_conv_transposed_backward_naive(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                                       const struct ck_conv_shape *s) {
    memset(dx, 0, sizeof(float) * s->K * s->OH * s->OW);
    for (int c = 0; c < s->C; c++)
        for (int p = 0; p < s->H * s->W; p++) db[c] += dy[(size_t)c * s->H * s->W + p];
    FOR_EACH_PRODUCT(s) {
        const int iy = oy * s->stride + i - s->pad, ix = ox * s->stride + j - s->pad;
        if (!INSIDE(s, iy, ix)) continue;
        dx[OUTPUT(s)] += w[WEIGHT(s)] * dy[INPUT(s, iy, ix)];
        dw[WEIGHT(s)] += x[OUTPUT(s)] * dy[INPUT(s, iy, ix)];
    }
}
