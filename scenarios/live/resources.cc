#include "scenarios/live/resources.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

#include "runtime/asio/asio_machine.h"
#include "runtime/asio/http/beast_http_wire.h"
#include "scenarios/live/servers.h"

namespace eyrie::scenarios::live {

namespace {

constexpr std::size_t kPageObjects = 1000;
constexpr std::string_view kLogPrefix = "log/";

storage::S3Settings settings_for(const Layout& layout) {
  storage::S3Settings settings;
  settings.host = to_string(layout.s3);
  settings.bucket = kBucket;
  settings.credentials = {kAccessKey, kSecretKey};
  return settings;
}

}  // namespace

Result<ProcessUse> use_of(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::ifstream pages(folder + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(pages >> total >> resident)) {
    return fail(Code::not_found, "there is no process " + std::to_string(process));
  }
  ProcessUse use;
  use.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;
  std::filesystem::directory_iterator descriptor(folder + "/fd", error);
  for (; !error && descriptor != std::filesystem::directory_iterator();
       descriptor.increment(error)) {
    ++use.descriptors;
  }
  return use;
}

Result<std::unique_ptr<StoreView>> StoreView::make(AsioMachine& machine, const Layout& layout) {
  EYRIE_TRY(std::unique_ptr<BeastHttpWire> wire,
            BeastHttpWire::make(machine.executor(), machine.environment().clock, machine.bytes(),
                                {.endpoint = layout.s3, .setting = "s3"}));
  return std::unique_ptr<StoreView>(new StoreView(machine, layout, std::move(wire)));
}

StoreView::StoreView(AsioMachine& machine, const Layout& layout,
                     std::unique_ptr<BeastHttpWire> wire)
    : wire_(std::move(wire)),
      objects_(machine.environment().clock, machine.environment().random.stream("store view"),
               machine.environment().tracer, *wire_, settings_for(layout)) {}

StoreView::~StoreView() = default;

Task<Result<StoreUse>> StoreView::use() {
  StoreUse use;
  std::string after;
  while (true) {
    EYRIE_CO_TRY(const storage::ObjectPage page, co_await objects_.list("", after, kPageObjects));
    for (const storage::ObjectInfo& object : page.objects) {
      ++use.objects;
      use.bytes += object.size;
      if (!object.key.starts_with(kLogPrefix)) continue;
      ++use.log_objects;
      use.log_bytes += object.size;
    }
    if (!page.more || page.objects.empty()) co_return use;
    after = page.objects.back().key;
  }
}

Task<void> StoreView::stop() {
  return wire_->stop();
}

}  // namespace eyrie::scenarios::live
