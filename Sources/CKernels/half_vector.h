// Vectors of 16 pairs of bf16 and what the convolutions do with them. To be included where functions are compiled for
// the instructions.
#ifndef PLATEAU_HALF_VECTOR_H
#define PLATEAU_HALF_VECTOR_H

#include <stdint.h>

#include "ck_vector.h"
#include "include/CKernels.h"

typedef uint32_t p16 __attribute__((ext_vector_type(16)));
typedef uint32_t p8 __attribute__((ext_vector_type(8)));
typedef uint16_t h16 __attribute__((ext_vector_type(16)));
typedef uint16_t h32 __attribute__((ext_vector_type(32)));

// Pairs of one position of a block, and of one tile of 16×16 weights.
enum { CK_HALF_PAIRS = CK_LANES / 2, CK_HALF_TILE = CK_LANES * CK_HALF_PAIRS };

CK_INLINE p16 ck_half_load(const ck_pair *p) {
    p16 v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

CK_INLINE void ck_half_store(ck_pair *p, p16 v) { __builtin_memcpy(p, &v, sizeof v); }

#if defined(__x86_64__)

// sum + a·b, pair by pair.
CK_INLINE v16 ck_half_dot(v16 sum, p16 a, p16 b) {
    return (v16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}

// 16 lanes of `first`, then 16 of `second`.
CK_INLINE p16 ck_half_round(v16 first, v16 second) { return (p16)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first); }

#else

CK_INLINE v16 ck_half_dot(v16 sum, p16 a, p16 b) {
    const p16 high = 0xffff0000u;
    sum += (v16)(a & high) * (v16)(b & high);
    return sum + (v16)(a << 16) * (v16)(b << 16);
}

CK_INLINE h16 ck_half_round_one(v16 v) {
    p16 bits = (p16)v;
    const p16 magnitude = bits & 0x7fffffffu;
    const p16 is_nan = (p16)(magnitude > 0x7f800000u), is_tiny = (p16)(magnitude < 0x00800000u);
    const p16 rounded = bits + 0x7fffu + (bits >> 16 & 1);
    bits = (is_nan & (bits | 0x00400000u)) | (~is_nan & rounded);
    bits = (is_tiny & bits & 0x80000000u) | (~is_tiny & bits);
    return __builtin_convertvector(bits >> 16, h16);
}

CK_INLINE p16 ck_half_round(v16 first, v16 second) {
    h32 both;
    both.lo = ck_half_round_one(first), both.hi = ck_half_round_one(second);
    return (p16)both;
}

#endif

// A single position: 8 pairs.
CK_INLINE void ck_half_store_one(ck_pair *p, v16 v) {
    const p8 pairs = ck_half_round(v, v).lo;
    __builtin_memcpy(p, &pairs, sizeof pairs);
}

// Lane by lane a pair of `first` and `second`.
CK_INLINE p16 ck_half_interleave(v16 first, v16 second) {
    const h32 both = (h32)ck_half_round(first, second);
    return (p16)__builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9,
                                        25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

#endif
