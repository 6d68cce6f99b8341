// `eyrie import`: upserts the rows of a file, several batches at a time.
//
// Invariants:
//   (I1) Batches are begun in the order of the file, by kBatchesAtOnce senders; each begins its
//        next batch only when every row of the one before was acknowledged. So at any moment the
//        rows sent are the acknowledged ones and at most kBatchesAtOnce batches more.
//   (I2) A row is written down as acknowledged after the server's answer says so, never before.
//   (I3) A row is sent again after any failure but the caller's mistake: no name comes twice in the
//        file, and an upsert of a name with one vector may be applied any number of times.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "nodes/main/acked_file.h"
#include "nodes/main/commands.h"
#include "nodes/main/exit_code.h"
#include "nodes/main/prepare_import.h"
#include "nodes/main/vector_file.h"
#include "runtime/rpc/back_off.h"
#include "runtime/task_group.h"

namespace eyrie::main {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;

constexpr std::size_t kBatchesAtOnce = 4;
constexpr Duration kBatchTimeout = 20s;
constexpr Duration kSendPatience = 60s;  // without a single acknowledgement
constexpr Duration kReportInterval = 500ms;
constexpr Duration kSilence = 2s;  // without an acknowledgement, after which a report says so
constexpr Duration kBackOffMin = 50ms;
constexpr Duration kBackOffMax = 1s;

// What is read and checked before a server is asked for anything.
struct Input {
  VectorFile vectors;
  std::vector<std::string> names;
  AckedFile acked;
};

Result<Input> open_input(const ImportCommand& command) {
  Input input;
  EYRIE_TRY(input.vectors, VectorFile::open(command.vectors));
  EYRIE_TRY(input.names, read_names(command.names, input.vectors));
  EYRIE_TRY(input.acked, AckedFile::open(command.acked));
  return input;
}

class Importer {
 public:
  Importer(const ImportCommand& command, Input& input, Environment& environment,
           client::Client& server)
      : command_(command),
        input_(input),
        environment_(environment),
        server_(server),
        began_(environment.clock.monotonic()),
        last_acked_(began_),
        group_(environment.executor) {}

  // Until all rows are acknowledged, or none was for kSendPatience, or `stop` opens.
  Task<Status> run(Gate& stop);

  std::size_t acked_rows() const { return acked_rows_; }
  double seconds() const {
    return static_cast<double>(to_ms(environment_.clock.monotonic() - began_)) / 1000;
  }
  void report() const;

 private:
  Task<void> send_batches();
  Task<Status> send_batch(std::size_t first, std::size_t count);
  Task<Status> send_rows(std::vector<std::size_t>& rows, const std::vector<float>& vectors,
                         std::size_t first);
  Task<void> watch(Gate& stop);
  Task<void> report_regularly();
  void end(Status failure);

  const ImportCommand& command_;
  Input& input_;
  Environment& environment_;
  client::Client& server_;
  MonotonicTime began_;
  MonotonicTime last_acked_;
  std::size_t next_row_ = 0;
  std::size_t acked_rows_ = 0;
  std::size_t senders_ = 0;
  Status failure_;
  TaskGroup group_;
};

Task<Status> Importer::run(Gate& stop) {
  for (; senders_ < kBatchesAtOnce; ++senders_) group_.spawn(send_batches());
  group_.spawn(watch(stop));
  group_.spawn(report_regularly());
  co_await group_.join();
  report();
  std::fputc('\n', stderr);
  co_return failure_;
}

void Importer::end(Status failure) {
  if (failure_.ok()) failure_ = std::move(failure);
  group_.cancel();
}

Task<void> Importer::watch(Gate& stop) {
  if ((co_await stop.wait()).ok()) end(Status(Code::cancelled, "interrupted"));
}

Task<void> Importer::report_regularly() {
  while ((co_await environment_.clock.sleep_for(kReportInterval)).ok()) report();
}

void Importer::report() const {
  const double rows_a_second = static_cast<double>(acked_rows_) / std::max(seconds(), 0.001);
  const bool waits = senders_ > 0 && environment_.clock.monotonic() - last_acked_ > kSilence;
  std::fprintf(stderr, "\r%zu of %zu rows (%zu %%), %.0f rows/s%-30s", acked_rows_,
               input_.vectors.rows(), 100 * acked_rows_ / input_.vectors.rows(), rows_a_second,
               waits ? ", waiting for the server" : "");
}

Task<void> Importer::send_batches() {
  while (failure_.ok() && next_row_ < input_.vectors.rows()) {
    const std::size_t first = next_row_;
    const std::size_t count = std::min(command_.batch_rows, input_.vectors.rows() - first);
    next_row_ += count;
    Status sent = co_await send_batch(first, count);
    if (!sent.ok()) end(std::move(sent));
  }
  if (--senders_ == 0) group_.cancel();  // ends who watches and reports
}

Task<Status> Importer::send_batch(std::size_t first, std::size_t count) {
  EYRIE_CO_TRY(const std::vector<float> vectors, input_.vectors.read(first, count));
  std::vector<std::size_t> rows;  // not acknowledged yet
  for (std::size_t row = first; row < first + count; ++row) rows.push_back(row);
  rpc::BackOff back_off(kBackOffMin, kBackOffMax,
                        environment_.random.stream("import").stream(first));
  while (true) {
    const std::size_t before = rows.size();
    Status sent = co_await send_rows(rows, vectors, first);
    EYRIE_CO_RETURN_IF_ERROR(input_.acked.flush());
    if (rows.empty()) co_return Status();
    if (rows.size() < before) continue;
    if (sent.category() == Category::caller) co_return sent;  // (I3)
    if (environment_.clock.monotonic() - last_acked_ > kSendPatience) co_return sent;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

// One upsert of those rows; takes the acknowledged ones out. `vectors` are those from row `first`.
Task<Status> Importer::send_rows(std::vector<std::size_t>& rows, const std::vector<float>& vectors,
                                 std::size_t first) {
  pb::UpsertRequest request;
  request.set_collection_name(command_.server.collection);
  request.set_num_rows(static_cast<std::uint32_t>(rows.size()));
  auto* keys = request.add_fields_data();
  keys->set_field_name(kKeyField);
  keys->set_type(schema::VarChar);
  auto* column = request.add_fields_data();
  column->set_field_name(kVectorField);
  column->set_type(schema::FloatVector);
  column->mutable_vectors()->set_dim(input_.vectors.dimension());
  auto& values = *column->mutable_vectors()->mutable_float_vector()->mutable_data();
  const auto width = static_cast<std::size_t>(input_.vectors.dimension());
  values.Reserve(static_cast<int>(rows.size() * width));
  for (const std::size_t row : rows) {
    keys->mutable_scalars()->mutable_string_data()->add_data(input_.names[row]);
    const float* const begin = vectors.data() + (row - first) * width;
    values.Add(begin, begin + width);
  }
  EYRIE_CO_TRY(const pb::MutationResult answer,
               co_await server_.call<pb::MutationResult>(
                   "Upsert", std::move(request), environment_.clock.monotonic() + kBatchTimeout));
  Status status = client::from_milvus(answer.status());
  const bool by_row = answer.rows_size() == static_cast<int>(rows.size());
  if (!by_row) {
    if (status.ok()) status = Status(Code::unknown, "the answer does not say which rows it is for");
    co_return status;
  }
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (answer.rows(static_cast<int>(i)).state() == 0) {
      input_.acked.add(input_.names[rows[i]]);
      last_acked_ = environment_.clock.monotonic();
      ++acked_rows_;
    } else {
      left.push_back(rows[i]);
    }
  }
  rows = std::move(left);
  co_return status;
}

Task<int> import(const ImportCommand& command, Input& input, Environment& environment,
                 client::Client& server, Gate& stop) {
  const Status prepared = co_await prepare_collection(
      environment, server, command.server.collection, input.vectors.dimension());
  if (!prepared.ok()) co_return complain_about(prepared, command.server);
  Importer importer(command, input, environment, server);
  const Status ended = co_await importer.run(stop);
  if (stop.is_open()) {
    co_return complain(kExitInterrupted, "interrupted: " + std::to_string(importer.acked_rows()) +
                                             " rows are durable");
  }
  // A file of this machine, of which the server knows nothing.
  const Status written = input.acked.flush();
  if (!written.ok()) co_return complain(exit_code_of(written), written.message());
  if (!ended.ok()) co_return complain_about(ended, command.server);
  std::printf("imported %zu rows into '%s' in %.1f s\n", importer.acked_rows(),
              command.server.collection.c_str(), importer.seconds());
  co_return kExitOk;
}

}  // namespace

int run_import(const ImportCommand& command) {
  Result<Input> input = open_input(command);
  if (!input) return complain(exit_code_of(input.error()), input.error().message());
  return run_client(command.server,
                    [&](Environment& environment, client::Client& server, Gate& stop) {
                      return import(command, *input, environment, server, stop);
                    });
}

}  // namespace eyrie::main
