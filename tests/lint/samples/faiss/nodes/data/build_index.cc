#include <faiss/IndexHNSW.h>  // FIRES
#include <omp.h>  // FIRES
