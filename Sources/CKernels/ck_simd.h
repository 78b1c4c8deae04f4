#ifndef PLATEAU_CK_SIMD_H
#define PLATEAU_CK_SIMD_H

// Builds a function for AVX-512, AVX2 and plain x86-64; the loader picks by the machine's own features.
#if defined(__x86_64__) && defined(__linux__)
#define CK_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CK_SIMD
#endif

#endif
