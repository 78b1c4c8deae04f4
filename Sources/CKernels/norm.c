#include "CKernels.h"
#include "ck_simd.h"

#include <math.h>

CK_SIMD void ck_norm_forward(float *y, float *mean, float *variance, float *inverse_deviation, const float *x,
                             float gamma, float beta, float eps, const struct ck_norm_span *span) {
    const double count = (double)span->groups * span->positions;
    double sum = 0;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride;
        for (int p = 0; p < span->positions; p++) sum += run[p];
    }
    const double centre = sum / count;
    // Two passes: the variance as a difference of squares would cancel.
    double squares = 0;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride;
        for (int p = 0; p < span->positions; p++) squares += (run[p] - centre) * (run[p] - centre);
    }
    const double spread = squares / count;
    *mean = (float)centre;
    *variance = (float)spread;
    *inverse_deviation = (float)(1.0 / sqrt(spread + eps));
    const float scale = gamma * *inverse_deviation, shift = beta - *mean * scale;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride;
        float *out = y + g * span->stride;
        for (int p = 0; p < span->positions; p++) out[p] = run[p] * scale + shift;
    }
}

CK_SIMD void ck_norm_apply(float *y, const float *x, float mean, float variance, float gamma, float beta, float eps,
                           const struct ck_norm_span *span) {
    const float scale = gamma / sqrtf(variance + eps), shift = beta - mean * scale;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride;
        float *out = y + g * span->stride;
        for (int p = 0; p < span->positions; p++) out[p] = run[p] * scale + shift;
    }
}

CK_SIMD void ck_norm_backward(float *dx, float *dgamma, float *dbeta, const float *dy, const float *x, float mean,
                              float inverse_deviation, float gamma, const struct ck_norm_span *span) {
    const double count = (double)span->groups * span->positions;
    double sum = 0, product = 0;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride, *grad = dy + g * span->stride;
        for (int p = 0; p < span->positions; p++) {
            sum += grad[p];
            product += grad[p] * (double)((run[p] - mean) * inverse_deviation);
        }
    }
    *dgamma += (float)product;
    *dbeta += (float)sum;
    const float mean_grad = (float)(sum / count), mean_product = (float)(product / count);
    const float scale = gamma * inverse_deviation;
    for (int g = 0; g < span->groups; g++) {
        const float *run = x + g * span->stride, *grad = dy + g * span->stride;
        float *out = dx + g * span->stride;
        for (int p = 0; p < span->positions; p++) {
            out[p] = scale * (grad[p] - mean_grad - (run[p] - mean) * inverse_deviation * mean_product);
        }
    }
}
