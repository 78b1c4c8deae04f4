#include "CKernels.h"

#include <math.h>

#define CK_BODY "adam_body.h"
#include "ck_each_isa.h"

void ck_adam_update(float *param, float *m, float *v, const float *grad, size_t n, const struct ck_adam *step,
                    enum ck_isa isa) {
    const double correction1 = 1.0 - pow(step->beta1, (double)step->t);
    const double correction2 = 1.0 - pow(step->beta2, (double)step->t);
    CK_DISPATCH(isa, adam_update, param, m, v, grad, n, step->beta1, step->beta2, step->eps,
                (float)(step->lr / correction1), (float)sqrt(correction2));
}

void ck_adam_step(float *param, float *m, float *v, const float *grad, size_t n, float lr, float beta1, float beta2,
                  float eps, long t) {
    const double correction1 = 1.0 - pow(beta1, (double)t);
    const double correction2 = 1.0 - pow(beta2, (double)t);
    const float step_size = (float)(lr / correction1), root_correction = (float)sqrt(correction2);
    for (size_t i = 0; i < n; i++) {
        m[i] += (grad[i] - m[i]) * (1.0f - beta1);
        v[i] = v[i] * beta2 + (1.0f - beta2) * grad[i] * grad[i];
        param[i] -= step_size * m[i] / (sqrtf(v[i]) / root_correction + eps);
    }
}
