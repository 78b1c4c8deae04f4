#ifndef PLATEAU_CK_PRELU_H
#define PLATEAU_CK_PRELU_H

#include <stddef.h>

// y = x where x > 0, else slope·x, with one slope for all n values.
void ck_prelu_forward(float *y, const float *x, float slope, size_t n);
// dx is overwritten; returns the gradient of the slope over these n values.
double ck_prelu_backward(float *dx, const float *dy, const float *x, float slope, size_t n);
// y += x, n values.
void ck_add(float *y, const float *x, size_t n);

#endif
