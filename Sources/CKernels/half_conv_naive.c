#include <math.h>
#include <string.h>

#include "CKernels.h"

void ck_half_round_naive(float *rounded, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        if (isnan(x[i]))
            bits |= 0x00400000u;
        else if ((bits & 0x7f800000u) == 0)
            bits &= 0x80000000u;
        else
            bits += 0x7fffu + (bits >> 16 & 1);
        bits &= 0xffff0000u;
        memcpy(&rounded[i], &bits, sizeof bits);
    }
}
