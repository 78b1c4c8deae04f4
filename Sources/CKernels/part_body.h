// The ends of rows, where fewer than 16 floats are left: no memory beyond them is read or written. And sums of lanes.
// Part of the body of a kernel, see ck_each_isa.h.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// All bits set in the first n of 16 lanes.
CK_INLINE i16 CK_NAME(first_lanes)(int n) {
    const i16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return lane < (i16)n;
}

// v in the first n of 16 lanes, 0 in the others.
CK_INLINE v16 CK_NAME(keep_first)(v16 v, int n) { return (v16)((i16)v & CK_NAME(first_lanes)(n)); }

// The first n of 16 floats, 0 in the lanes after them; 0 <= n <= 16.
CK_INLINE v16 CK_NAME(load_part)(const float *p, int n) {
#if CK_REGISTERS == 32
    return (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif CK_REGISTERS == 16
    const i16 mask = CK_NAME(first_lanes)(n);
    union {
        v16 v;
        __m256 half[2];
    } u;
    u.half[0] = _mm256_maskload_ps(p, (__m256i)mask.lo);
    u.half[1] = _mm256_maskload_ps(p + 8, (__m256i)mask.hi);
    return u.v;
#else
    float v[16] = {0};
    for (int i = 0; i < n; i++) v[i] = p[i];
    return CK_LOAD(v);
#endif
}

CK_INLINE void CK_NAME(store_part)(float *p, v16 v, int n) {
#if CK_REGISTERS == 32
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif CK_REGISTERS == 16
    const i16 mask = CK_NAME(first_lanes)(n);
    _mm256_maskstore_ps(p, (__m256i)mask.lo, (__m256)v.lo);
    _mm256_maskstore_ps(p + 8, (__m256i)mask.hi, (__m256)v.hi);
#else
    for (int i = 0; i < n; i++) p[i] = v[i];
#endif
}

// All of a vector where n is 16 or more, else its first n floats.
CK_INLINE v16 CK_NAME(load)(const float *p, int n) { return n >= 16 ? CK_LOAD(p) : CK_NAME(load_part)(p, n); }
CK_INLINE void CK_NAME(store)(float *p, v16 v, int n) {
    if (n >= 16)
        CK_STORE(p, v);
    else
        CK_NAME(store_part)(p, v, n);
}

// Sums of 16 lanes, always in the same order.
CK_INLINE float CK_NAME(sum)(v16 v) {
    const __typeof__(v.lo) v8 = v.lo + v.hi;
    const __typeof__(v8.lo) v4 = v8.lo + v8.hi;
    return (v4.x + v4.z) + (v4.y + v4.w);
}

CK_INLINE d16 CK_NAME(widen)(v16 v) { return __builtin_convertvector(v, d16); }
CK_INLINE double CK_NAME(sum_wide)(d16 v) {
    const __typeof__(v.lo) v8 = v.lo + v.hi;
    const __typeof__(v8.lo) v4 = v8.lo + v8.hi;
    return (v4.x + v4.z) + (v4.y + v4.w);
}
CK_INLINE double CK_NAME(sum_in_double)(v16 v) { return CK_NAME(sum_wide)(CK_NAME(widen)(v)); }
