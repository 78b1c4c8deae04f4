// Compiles CK_BODY, the name of a file, once for each kind of instructions. Each function in it is named
// CK_NAME(function) and gets its own suffix; CK_DISPATCH calls the one asked for. Arithmetic is written once, on
// vectors of 16 floats, which the compiler cuts to the machine's own width.
#include "ck_vector.h"
#include "include/ck_isa.h"

#define CK_JOIN_(a, b) a##b
#define CK_JOIN(a, b) CK_JOIN_(a, b)
#define CK_NAME(name) CK_JOIN(name, CK_SUFFIX)

#define CK_SUFFIX _portable
#define CK_REGISTERS 8
#include CK_BODY
#undef CK_SUFFIX
#undef CK_REGISTERS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_SUFFIX _avx2
#define CK_REGISTERS 16
#include CK_BODY
#undef CK_SUFFIX
#undef CK_REGISTERS
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#define CK_SUFFIX _avx512
#define CK_REGISTERS 32
#include CK_BODY
#undef CK_SUFFIX
#undef CK_REGISTERS
#pragma clang attribute pop

#define CK_DISPATCH(isa, name, ...)                                                                                    \
    ((isa) == CK_AVX512 ? CK_JOIN(name, _avx512)(__VA_ARGS__)                                                          \
     : (isa) == CK_AVX2 ? CK_JOIN(name, _avx2)(__VA_ARGS__)                                                            \
                        : CK_JOIN(name, _portable)(__VA_ARGS__))
#else
#define CK_DISPATCH(isa, name, ...) ((void)(isa), CK_JOIN(name, _portable)(__VA_ARGS__))
#endif
