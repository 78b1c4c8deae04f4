#include "CKernels.h"

#define CK_BODY "vector_math_body.h"
#include "ck_each_isa.h"

void ck_exp(float *y, const float *x, size_t n, enum ck_isa isa) { CK_DISPATCH(isa, exp_each, y, x, n); }

void ck_log1p_unit(float *y, const float *x, size_t n, enum ck_isa isa) { CK_DISPATCH(isa, log1p_unit_each, y, x, n); }

void ck_log(float *y, const float *x, size_t n, enum ck_isa isa) { CK_DISPATCH(isa, log_each, y, x, n); }
