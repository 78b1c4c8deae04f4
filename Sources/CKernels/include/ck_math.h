#ifndef PLATEAU_CK_MATH_H
#define PLATEAU_CK_MATH_H

#include <stddef.h>

#include "ck_isa.h"

// What the losses compute with, on n floats; y may be x. Within 2 ulp; NaN stays NaN.

// y = e^x, for any x.
void ck_exp(float *y, const float *x, size_t n, enum ck_isa isa);
// y = log(1 + x), for x in [0, 1].
void ck_log1p_unit(float *y, const float *x, size_t n, enum ck_isa isa);
// y = log(x), for normal x > 0.
void ck_log(float *y, const float *x, size_t n, enum ck_isa isa);

#endif
