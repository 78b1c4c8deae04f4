#include "part_body.h"

static void CK_NAME(adam_update)(float *param, float *m, float *v, const float *grad, size_t n, float beta1,
                                 float beta2, float eps, float step_size, float root_correction) {
    for (size_t i = 0; i < n; i += 16) {
        const int left = n - i < 16 ? (int)(n - i) : 16;
        const v16 g = CK_NAME(load)(grad + i, left);
        v16 first = CK_NAME(load)(m + i, left), second = CK_NAME(load)(v + i, left);
        first += (g - first) * (1.0f - beta1);
        second = second * beta2 + (1.0f - beta2) * g * g;
        const v16 root = __builtin_elementwise_sqrt(second);
        const v16 value = CK_NAME(load)(param + i, left) - step_size * first / (root / root_correction + eps);
        CK_NAME(store)(m + i, first, left);
        CK_NAME(store)(v + i, second, left);
        CK_NAME(store)(param + i, value, left);
    }
}
