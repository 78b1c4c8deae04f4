#ifndef PLATEAU_CK_VECTOR_H
#define PLATEAU_CK_VECTOR_H

// Vectors are passed between inlined functions alone, so their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((ext_vector_type(16)));
typedef double d16 __attribute__((ext_vector_type(16)));
typedef int i16 __attribute__((ext_vector_type(16)));

#define CK_INLINE static inline __attribute__((always_inline, unused))

// Memory need not be aligned.
#define CK_LOAD(p)                                                                                                     \
    ({                                                                                                                 \
        v16 v_;                                                                                                        \
        __builtin_memcpy(&v_, (p), sizeof v_);                                                                         \
        v_;                                                                                                            \
    })
#define CK_STORE(p, v)                                                                                                 \
    do {                                                                                                               \
        const v16 v_ = (v);                                                                                            \
        __builtin_memcpy((p), &v_, sizeof v_);                                                                         \
    } while (0)

#endif
