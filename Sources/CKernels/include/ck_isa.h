#ifndef PLATEAU_CK_ISA_H
#define PLATEAU_CK_ISA_H

// The instructions a kernel may use. Each gives the same bits on every machine that has them, whatever the number of
// threads; one and another differ by rounding.
enum ck_isa { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 };

// The widest that this machine has.
enum ck_isa ck_best_isa(void);

// For each turn of a loop that waits for another thread: leaves the core's units to the thread it shares them with.
static inline void ck_wait_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

#endif
