#include "nodes/standalone/stores.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "nodes/standalone/events.h"
#include "nodes/streaming/options.h"

namespace eyrie::standalone {

namespace {

constexpr char kFormatFile[] = "format";
constexpr char kNewFormatFile[] = "format.new";
constexpr char kLockFile[] = "lock";
constexpr char kMetaFile[] = "meta.db";
constexpr char kObjectsFolder[] = "objects";
constexpr char kLogFolder[] = "log";
constexpr std::string_view kFormatWord = "eyrie data ";
constexpr std::size_t kFormatBytesMax = 64;

// A sequencer never has more under way than the log lets wait: a refusal would end its term.
static_assert(storage::LocalLogOptions().pending_bytes_max >=
              streaming::SequencerOptions().in_flight_bytes_max + storage::kWalRecordBytesMax);

// What a folder may hold when its making was broken off.
constexpr std::array<std::string_view, 2> kBegun = {kLockFile, kNewFormatFile};

// None: the folder holds nothing yet.
Task<Result<std::optional<int>>> read_format(Disk& disk) {
  EYRIE_CO_TRY(const std::vector<std::string> names, co_await disk.list(""));
  if (std::find(names.begin(), names.end(), kFormatFile) == names.end()) {
    for (const std::string& name : names) {
      if (std::find(kBegun.begin(), kBegun.end(), name) != kBegun.end()) continue;
      co_return fail(Code::invalid_argument,
                     "the folder holds '" + name + "' and is no data of Eyrie's");
    }
    co_return std::nullopt;
  }
  EYRIE_CO_TRY(const std::unique_ptr<File> file, co_await disk.open(kFormatFile, OpenMode::read));
  EYRIE_CO_TRY(const Bytes line, co_await file->read_at(0, kFormatBytesMax));
  int format = 0;
  if (line.starts_with(kFormatWord)) {
    const char* const end = line.data() + line.size();
    (void)std::from_chars(line.data() + kFormatWord.size(), end, format);
  }
  if (format < 1) co_return fail(Code::data_loss, "its file 'format' is damaged");
  co_return format;
}

Task<Status> write_format(Disk& disk) {
  {
    EYRIE_CO_TRY(const std::unique_ptr<File> file,
                 co_await disk.open(kNewFormatFile, OpenMode::create));
    Bytes line = std::string(kFormatWord) + std::to_string(kDataFormat) + "\n";
    EYRIE_CO_RETURN_IF_ERROR(co_await file->truncate(0));
    EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(0, std::move(line)));
    EYRIE_CO_RETURN_IF_ERROR(co_await file->sync());
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.rename(kNewFormatFile, kFormatFile));
  co_return co_await disk.sync_dir("");
}

Status newer(int format) {
  return {Code::unsupported, "its format is " + std::to_string(format) +
                                 ", written by a newer version; this one reads up to " +
                                 std::to_string(kDataFormat)};
}

}  // namespace

Task<Result<std::unique_ptr<StandaloneStores>>> StandaloneStores::open(Environment& environment) {
  Disk& disk = environment.disk;
  // Before anything of ours is written there.
  EYRIE_CO_TRY(std::optional<int> format, co_await read_format(disk));
  if (format.value_or(0) > kDataFormat) co_return fail(newer(*format));
  std::unique_ptr<StandaloneStores> stores(new StandaloneStores);
  EYRIE_CO_TRY(stores->lock_, co_await disk.lock(kLockFile));
  EYRIE_CO_TRY(format, co_await read_format(disk));  // another process may have made it meanwhile
  const bool made = !format.has_value();
  if (made) EYRIE_CO_RETURN_IF_ERROR(co_await write_format(disk));
  const Status opened = co_await stores->open_all(environment);
  if (!opened.ok()) {
    co_await stores->close();
    co_return fail(opened);
  }
  emit(environment.tracer, kOpened, kDataFormat, made ? 1 : 0);
  co_return stores;
}

Task<Status> StandaloneStores::open_all(Environment& environment) {
  meta_ = std::make_unique<storage::SqliteMetaStore>(environment, kMetaFile);
  EYRIE_CO_RETURN_IF_ERROR(co_await meta_->open());
  EYRIE_CO_TRY(objects_, co_await storage::DirectoryObjectStore::open(environment, kObjectsFolder));
  EYRIE_CO_TRY(log_, co_await storage::LocalLog::open(environment, {.folder = kLogFolder}));
  co_return Status();
}

Task<void> StandaloneStores::close() {
  if (log_ != nullptr) co_await log_->close();
  if (objects_ != nullptr) co_await objects_->close();
  if (meta_ != nullptr) co_await meta_->stop();
  lock_.reset();
}

}  // namespace eyrie::standalone
