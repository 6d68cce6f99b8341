// The C library's functions, defined once more: a program's own definition comes before that of any
// library it loads, so libstdc++, Protobuf and SQLite meet these, too. Not armed, each hands its
// call on.
#include "sim/tripwire.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <random>
#include <span>

#include <sys/random.h>
#include <sys/time.h>

namespace {

constexpr int kCallersMax = 12;

void print_caller(void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_sname == nullptr) {
    std::fprintf(stderr, "  %p\n", address);
    return;
  }
  char* const readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr);
  std::fprintf(stderr, "  %s\n", readable != nullptr ? readable : info.dli_sname);
  std::free(readable);
}

// Disarms first: what it prints with may well look at the environment.
[[noreturn]] void trip(const char* function) {
  eyrie::sim::armed_tripwires = 0;
  std::fprintf(stderr, "tripwire: %s() was called while a world ran. Its callers:\n", function);
  std::array<void*, kCallersMax> frames{};
  const int count = backtrace(frames.data(), kCallersMax);
  constexpr std::size_t kOurs = 2;  // this function and the tripwire
  for (void* const frame :
       std::span(frames).first(static_cast<std::size_t>(count)).subspan(kOurs)) {
    print_caller(frame);
  }
  std::abort();
}

void check(const char* function) {
  if (eyrie::sim::armed_tripwires > 0) trip(function);
}

// The definition that this one hides.
template <typename Function>
Function* hidden(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* into) {
  check("clock_gettime");
  static auto* const real = hidden<decltype(clock_gettime)>("clock_gettime");
  return real(clock, into);
}

int gettimeofday(timeval* into, void* zone) {
  check("gettimeofday");
  static auto* const real = hidden<decltype(gettimeofday)>("gettimeofday");
  return real(into, zone);
}

time_t time(time_t* into) {
  check("time");
  static auto* const real = hidden<decltype(time)>("time");
  return real(into);
}

ssize_t getrandom(void* into, std::size_t size, unsigned flags) {
  check("getrandom");
  static auto* const real = hidden<decltype(getrandom)>("getrandom");
  return real(into, size, flags);
}

int getentropy(void* into, std::size_t size) {
  check("getentropy");
  static auto* const real = hidden<decltype(getentropy)>("getentropy");
  return real(into, size);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) {
  check("pthread_create");
  static auto* const real = hidden<decltype(pthread_create)>("pthread_create");
  return real(thread, attributes, run, argument);
}

int timespec_get(timespec* into, int base) {
  check("timespec_get");
  static auto* const real = hidden<decltype(timespec_get)>("timespec_get");
  return real(into, base);
}

clock_t clock() {
  check("clock");
  static auto* const real = hidden<decltype(clock)>("clock");
  return real();
}

std::uint32_t arc4random() {
  check("arc4random");
  static auto* const real = hidden<decltype(arc4random)>("arc4random");
  return real();
}

std::uint32_t arc4random_uniform(std::uint32_t bound) {
  check("arc4random_uniform");
  static auto* const real = hidden<decltype(arc4random_uniform)>("arc4random_uniform");
  return real(bound);
}

void arc4random_buf(void* into, std::size_t size) {
  check("arc4random_buf");
  static auto* const real = hidden<decltype(arc4random_buf)>("arc4random_buf");
  real(into, size);
}

char* getenv(const char* name) {
  check("getenv");
  static auto* const real = hidden<decltype(getenv)>("getenv");
  return real(name);
}

char* secure_getenv(const char* name) {
  check("secure_getenv");
  static auto* const real = hidden<decltype(secure_getenv)>("secure_getenv");
  return real(name);
}

}  // extern "C"

// Takes its numbers from an instruction of the processor, where there is one.
unsigned int std::random_device::_M_getval() {
  check("std::random_device");
  using Real = unsigned int(void*);
  static auto* const real = hidden<Real>("_ZNSt13random_device9_M_getvalEv");
  return real(this);
}
