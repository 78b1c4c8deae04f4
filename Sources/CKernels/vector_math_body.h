#include "math_body.h"
#include "part_body.h"

static void CK_NAME(exp_each)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        const int left = n - i < 16 ? (int)(n - i) : 16;
        CK_NAME(store)(y + i, CK_NAME(exp)(CK_NAME(load)(x + i, left)), left);
    }
}

static void CK_NAME(log1p_unit_each)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        const int left = n - i < 16 ? (int)(n - i) : 16;
        CK_NAME(store)(y + i, CK_NAME(log1p_unit)(CK_NAME(load)(x + i, left)), left);
    }
}

static void CK_NAME(log_each)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        const int left = n - i < 16 ? (int)(n - i) : 16;
        CK_NAME(store)(y + i, CK_NAME(log)(CK_NAME(load)(x + i, left)), left);
    }
}
