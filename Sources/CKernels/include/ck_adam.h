#ifndef PLATEAU_CK_ADAM_H
#define PLATEAU_CK_ADAM_H

#include <stddef.h>

#include "ck_isa.h"

// One step of Adam (Kingma & Ba 2015, algorithm 1, with PyTorch's order of operations) on n parameters. t counts
// from 1. A parameter whose gradient was always 0 keeps its value.
struct ck_adam {
    float lr, beta1, beta2, eps;
    long t;
};

void ck_adam_update(float *param, float *m, float *v, const float *grad, size_t n, const struct ck_adam *step,
                    enum ck_isa isa);

// The same without vectors.
void ck_adam_step(float *param, float *m, float *v, const float *grad, size_t n, float lr, float beta1, float beta2,
                  float eps, long t);

#endif
