#include "CKernels.h"
#include "ck_simd.h"

#include <math.h>

CK_SIMD static void step(float *param, float *m, float *v, const float *grad, size_t n, float beta1, float beta2,
                         float eps, float step_size, float root_correction) {
    for (size_t i = 0; i < n; i++) {
        m[i] += (grad[i] - m[i]) * (1.0f - beta1);
        v[i] = v[i] * beta2 + (1.0f - beta2) * grad[i] * grad[i];
        param[i] -= step_size * m[i] / (sqrtf(v[i]) / root_correction + eps);
    }
}

void ck_adam_step(float *param, float *m, float *v, const float *grad, size_t n, float lr, float beta1, float beta2,
                  float eps, long t) {
    double correction1 = 1.0 - pow(beta1, (double)t);
    double correction2 = 1.0 - pow(beta2, (double)t);
    step(param, m, v, grad, n, beta1, beta2, eps, (float)(lr / correction1), (float)sqrt(correction2));
}
