// What the machine can do at this moment: fused multiply-adds on registers alone, by one thread and by several at once.
// Two virtual cores that share a real one give no more together than one of them alone, and a neighbour's load shows
// here as well, so a comparison prints this beside each round.
//
//   peak [THREADS]   prints {"one_thread": GFLOP/s, "all_threads": GFLOP/s}

#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_THREADS = 64, CHAINS = 12, TRIES = 5 };
static const long REPEATS = 4000000;

static pthread_barrier_t start;
static volatile float sink;

// Each chain waits for its own last result only: 12 chains cover a latency of 4 cycles on 2 units, and more.
#define CHAINED(WIDTH, TYPE, SET, FMA, ADD)                                                                            \
    TYPE sum[CHAINS], factor = SET(0.999f), addend = SET(0.001f);                                                      \
    for (int c = 0; c < CHAINS; c++) sum[c] = SET((float)c);                                                           \
    for (long i = 0; i < REPEATS; i++) {                                                                               \
        _Pragma("GCC unroll 12") for (int c = 0; c < CHAINS; c++) sum[c] = FMA(sum[c], factor, addend);                \
    }                                                                                                                  \
    for (int c = 1; c < CHAINS; c++) sum[0] = ADD(sum[0], sum[c]);                                                     \
    float lanes[WIDTH];                                                                                                \
    __builtin_memcpy(lanes, &sum[0], sizeof lanes);                                                                    \
    sink = lanes[0];                                                                                                   \
    return 2.0 * WIDTH * CHAINS * REPEATS

__attribute__((target("avx512f"), optimize("O2"))) static double fma_avx512(void) {
    CHAINED(16, __m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps);
}

__attribute__((target("avx2,fma"), optimize("O2"))) static double fma_avx2(void) {
    CHAINED(8, __m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

struct work {
    pthread_t thread;
    cpu_set_t core;
    double gflops;
};

static void *worker(void *argument) {
    struct work *work = argument;
    // Two threads that the scheduler starts on one core would pass for two slow cores.
    pthread_setaffinity_np(pthread_self(), sizeof work->core, &work->core);
    pthread_barrier_wait(&start);
    double begun = seconds();
    double operations = __builtin_cpu_supports("avx512f") ? fma_avx512() : fma_avx2();
    work->gflops = operations / (seconds() - begun) / 1e9;
    return NULL;
}

/// The cores that this process may use, in turn, each by itself.
static void deal_cores(struct work *work, int threads) {
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    for (int t = 0, core = 0; t < threads; core = (core + 1) % CPU_SETSIZE) {
        if (!CPU_ISSET(core, &all)) continue;
        CPU_ZERO(&work[t].core);
        CPU_SET(core, &work[t].core);
        t++;
    }
}

/// The best of a few tries: what is wanted is what the machine can do.
static double together(int threads) {
    struct work work[MOST_THREADS];
    deal_cores(work, threads);
    double best = 0;
    for (int try = 0; try < TRIES; try++) {
        pthread_barrier_init(&start, NULL, threads);
        for (int t = 0; t < threads; t++) pthread_create(&work[t].thread, NULL, worker, &work[t]);
        double sum = 0;
        for (int t = 0; t < threads; t++) {
            pthread_join(work[t].thread, NULL);
            sum += work[t].gflops;
        }
        pthread_barrier_destroy(&start);
        if (sum > best) best = sum;
    }
    return best;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 2;
    if (threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: peak [THREADS], from 1 to %d\n", MOST_THREADS);
        return 64;
    }
    printf("{\"one_thread\": %.0f, \"all_threads\": %.0f}\n", together(1), together(threads));
    return 0;
}
