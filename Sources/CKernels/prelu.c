#include "CKernels.h"
#include "ck_simd.h"

CK_SIMD void ck_prelu_forward(float *y, const float *x, float slope, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

CK_SIMD double ck_prelu_backward(float *dx, const float *dy, const float *x, float slope, size_t n) {
    // Eight partial sums: one alone would wait for each addition.
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (size_t j = 0; j < 8; j++) {
            const float value = x[i + j], grad = dy[i + j];
            dx[i + j] = value > 0 ? grad : slope * grad;
            sums[j] += value > 0 ? 0.0 : (double)value * grad;
        }
    }
    for (; i < n; i++) {
        dx[i] = x[i] > 0 ? dy[i] : slope * dy[i];
        sums[0] += x[i] > 0 ? 0.0 : (double)x[i] * dy[i];
    }
    double sum = 0;
    for (size_t j = 0; j < 8; j++) sum += sums[j];
    return sum;
}

CK_SIMD void ck_add(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}
