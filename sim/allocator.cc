// The allocator of executables that run the deterministic world, and of nothing else: a run
// allocates some ten million small objects on one thread and frees nearly all of them. With this
// file a program gets tcmalloc, told to keep what was freed rather than give it back to the system
// page by page only to ask again, and to take its memory in huge pages: what a cluster of machines
// touches next is seldom where it was last, and small pages cost a seed some 6 % in lookups alone.
#include <cstdint>
#include <new>

#include <gperftools/malloc_extension.h>
#include <sys/mman.h>

namespace {

constexpr std::size_t kHugePageBytes = 2u << 20;
constexpr std::size_t kChunkBytes = 64u << 20;  // reserved at once; used as far as it is touched

constexpr std::size_t round_up(std::size_t number, std::size_t unit) {
  return (number + unit - 1) / unit * unit;
}

// Hands out whole huge pages, one after another. tcmalloc holds a lock around it and asks for no
// page twice.
class HugePages : public SysAllocator {
 public:
  void* Alloc(std::size_t bytes, std::size_t* taken, std::size_t alignment) override {
    bytes = round_up(bytes, kHugePageBytes);
    std::uintptr_t begin = round_up(next_, alignment);
    if (begin + bytes > end_) {
      if (!reserve(round_up(bytes + alignment, kChunkBytes))) return nullptr;
      begin = round_up(next_, alignment);
    }
    next_ = begin + bytes;
    if (taken != nullptr) *taken = bytes;
    return reinterpret_cast<void*>(begin);
  }

 private:
  bool reserve(std::size_t bytes) {
    void* const chunk = mmap(nullptr, bytes + kHugePageBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) return false;
    next_ = round_up(reinterpret_cast<std::uintptr_t>(chunk), kHugePageBytes);
    end_ = next_ + bytes;
    madvise(reinterpret_cast<void*>(next_), bytes, MADV_HUGEPAGE);
    return true;
  }

  std::uintptr_t next_ = 0;
  std::uintptr_t end_ = 0;
};

// Never destroyed: memory is given back until the very end.
alignas(HugePages) std::byte huge_pages[sizeof(HugePages)];

[[gnu::constructor]] void choose_memory() {
  MallocExtension::instance()->SetMemoryReleaseRate(0);
  MallocExtension::instance()->SetSystemAllocator(new (huge_pages) HugePages);
}

}  // namespace
