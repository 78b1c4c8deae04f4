#ifndef PLATEAU_CK_CONV_H
#define PLATEAU_CK_CONV_H

#include <stddef.h>

// The shape of a square convolution on one sample: x is (C,H,W), y is (K,OH,OW) with OH = (H + 2·pad − kernel)/stride
// + 1.
struct ck_conv_shape {
    int C, H, W, K, OH, OW, kernel, stride, pad;
};

// Floats of scratch that the calls below need: the lowered input, (C·kernel², OH·OW).
size_t ck_conv_scratch(const struct ck_conv_shape *s);

// y is (K,OH,OW), x (C,H,W), w (K,C,kernel,kernel), b (K).
void ck_conv_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                     const struct ck_conv_shape *s);
// dx is overwritten (skipped when NULL); dw and db are added to.
void ck_conv_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w, float *scratch,
                      const struct ck_conv_shape *s);
// The same by nested loops: the algorithmic reference.
void ck_conv_forward_naive(float *y, const float *x, const float *w, const float *b, const struct ck_conv_shape *s);
void ck_conv_backward_naive(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                            const struct ck_conv_shape *s);

// Transposed convolution is the adjoint of the convolution of shape s, from its output (K,OH,OW) to its input (C,H,W):
// y is (C,H,W), x (K,OH,OW), w (K,C,kernel,kernel), b (C).
void ck_conv_transposed_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                                const struct ck_conv_shape *s);
void ck_conv_transposed_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                                 float *scratch, const struct ck_conv_shape *s);
void ck_conv_transposed_forward_naive(float *y, const float *x, const float *w, const float *b,
                                      const struct ck_conv_shape *s);
void ck_conv_transposed_backward_naive(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                                       const struct ck_conv_shape *s);

// Keeps OpenBLAS to the calling thread: the work is partitioned above it.
void ck_use_one_blas_thread(void);

#endif
