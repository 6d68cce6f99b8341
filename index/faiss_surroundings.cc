// What the linker wants for FAISS's HNSW structure beyond the C++ library: eleven names of OpenMP
// and one of BLAS. Our own definitions, so that no executable loads either library.
//
// OpenMP: a graph is built by one thread, and every critical section of FAISS's insertion guards a
// member of the graph under construction, so one thread needs no lock. LLVM's runtime would read
// the environment, take tables of locks that it never frees, and keep a file in /dev/shm that a
// killed process leaves behind: none of that belongs in a simulated world that starts a process a
// seed. BLAS: FAISS's random numbers share a file with a matrix product that nothing here calls.
//
// An executable that wants the real ones (the benchmark, for FAISS's own search) names their
// libraries ahead of this one; then nothing of this file is linked.
#include <omp.h>

#include "runtime/check.h"

extern "C" {

void GOMP_critical_start() {}
void GOMP_critical_end() {}
void GOMP_atomic_start() {}
void GOMP_atomic_end() {}

void GOMP_parallel(void (*body)(void*), void* data, unsigned, unsigned) {
  body(data);
}
int omp_get_num_threads() {
  return 1;
}
int omp_get_thread_num() {
  return 0;
}

void omp_init_lock(omp_lock_t*) {}
void omp_destroy_lock(omp_lock_t*) {}
void omp_set_lock(omp_lock_t*) {}
void omp_unset_lock(omp_lock_t*) {}

void sgemm_() {
  EYRIE_CHECK(false, "a path of FAISS reached BLAS");
}

}  // extern "C"
