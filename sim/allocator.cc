// The allocator of executables that run the deterministic world, and of nothing else: a run
// allocates some ten million small objects on one thread and frees nearly all of them. With this
// file a program gets tcmalloc, told to keep what was freed rather than give it back to the system
// page by page only to ask again.
#include <gperftools/malloc_extension.h>

namespace {

[[gnu::constructor]] void keep_freed_memory() {
  MallocExtension::instance()->SetMemoryReleaseRate(0);
}

}  // namespace
