#include "scenarios/live/servers.h"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>
#include <utility>

#include "runtime/asio/asio_machine.h"
#include "runtime/asio/http/beast_http_wire.h"
#include "runtime/combine.h"
#include "storage/s3/signature.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kBucketTimeout = 30s;

// $0: the scripts' folder; $1: that of the servers.
constexpr char kWatch[] =
    "cat >/dev/null; [ ! -d \"$1\" ] || "
    "for server in radosgw etcd; do \"$0/$server\" down \"$1/$server\"; done";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

Result<std::string> Servers::missing(const std::string& scripts, const std::string& folder) {
  for (const std::string server : {"etcd", "radosgw"}) {
    const std::string said = folder + "/" + server + ".needs";
    EYRIE_TRY(const auto process,
              ChildProcess::start(
                  {.words = {scripts + "/" + server, "needs"}, .out = said, .errors = said}));
    if (process->join() != 0) return text_of(said);
  }
  return std::string();
}

Servers::Servers(AsioMachine& machine, const Layout& layout, std::string scripts,
                 std::string folder)
    : machine_(machine),
      layout_(layout),
      scripts_(std::move(scripts)),
      folder_(std::move(folder)) {}

Servers::~Servers() {
  watched_.reset();
  if (watchdog_ != nullptr) (void)watchdog_->join();
}

Status Servers::start_watchdog() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Status(Code::resource_exhausted, "no pipe for the servers' watchdog");
  }
  const FileDescriptor input(ends[0]);
  watched_ = std::make_unique<FileDescriptor>(ends[1]);
  EYRIE_TRY(watchdog_, ChildProcess::start({.words = {"bash", "-c", kWatch, scripts_, folder_},
                                            .out = "/dev/null",
                                            .errors = "/dev/null",
                                            .input = input.get(),
                                            .lifetime = ChildProcess::Lifetime::outlives}));
  return {};
}

Task<Status> Servers::run(std::string server, std::vector<std::string> words) {
  const std::string said =
      folder_ + "/" + server + "." + words.front() + "." + std::to_string(++runs_);
  std::vector<std::string> all = {"env", "STORE=bluestore", scripts_ + "/" + server};
  all.push_back(words.front());
  all.push_back(folder_ + "/" + server);
  all.insert(all.end(), words.begin() + 1, words.end());
  EYRIE_CO_TRY(const auto process,
               ChildProcess::start({.words = all, .out = said, .errors = said}));
  EYRIE_CO_TRY(const int status, co_await process->wait(machine_.environment().clock));
  if (status == 0) co_return Status();
  co_return Status(Code::unavailable, server + " " + words.front() + " ended with " +
                                          std::to_string(status) + ": " + text_of(said));
}

Task<Status> Servers::start() {
  EYRIE_CO_RETURN_IF_ERROR(start_watchdog());
  std::vector<Task<Status>> both;
  both.push_back(
      run("etcd", {"up", std::to_string(layout_.etcd.port), std::to_string(layout_.etcd_peers)}));
  both.push_back(
      run("radosgw", {"up", std::to_string(layout_.s3.port), std::to_string(layout_.s3_monitor)}));
  for (const Status& status : co_await all(std::move(both))) EYRIE_CO_RETURN_IF_ERROR(status);
  co_return co_await make_bucket();
}

Task<Status> Servers::make_bucket() {
  Clock& clock = machine_.environment().clock;
  EYRIE_CO_TRY(const std::unique_ptr<BeastHttpWire> wire,
               BeastHttpWire::make(machine_.executor(), clock, machine_.bytes(),
                                   {.endpoint = layout_.s3, .setting = "s3"}));
  HttpRequest request{"PUT", std::string("/") + kBucket, {{"host", to_string(layout_.s3)}}, {}};
  const storage::s3::Credentials credentials{kAccessKey, kSecretKey};
  request = storage::s3::sign(std::move(request), credentials, clock.wall(), "us-east-1");
  const Result<HttpResponse> answer =
      co_await wire->exchange(std::move(request), clock.monotonic() + kBucketTimeout);
  co_await wire->stop();
  if (!answer) co_return answer.error();
  if (answer->status == 200) co_return Status();
  co_return Status(Code::unavailable, "the S3 store makes no bucket: " + answer->body);
}

Task<void> Servers::stop() {
  (void)co_await run("radosgw", {"down"});
  (void)co_await run("etcd", {"down"});
}

}  // namespace eyrie::scenarios::live
