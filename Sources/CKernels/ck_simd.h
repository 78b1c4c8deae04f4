#ifndef PLATEAU_CK_SIMD_H
#define PLATEAU_CK_SIMD_H

// Builds a function for AVX-512, AVX2 and plain x86-64; the loader picks by the machine's own features. Not under
// sanitizers: the loader runs the choice before their runtime has started, and crashes.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define CK_ONE_TARGET
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(CK_ONE_TARGET)
#define CK_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CK_SIMD
#endif

#endif
