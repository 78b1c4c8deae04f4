#ifndef PLATEAU_CK_ADAM_H
#define PLATEAU_CK_ADAM_H

#include <stddef.h>

// One step of Adam (Kingma & Ba 2015, algorithm 1, with PyTorch's order of operations) on n parameters. t counts
// from 1.
void ck_adam_step(float *param, float *m, float *v, const float *grad, size_t n, float lr, float beta1, float beta2,
                  float eps, long t);

#endif
