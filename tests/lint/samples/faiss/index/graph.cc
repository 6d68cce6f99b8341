#include <faiss/IndexHNSW.h>
