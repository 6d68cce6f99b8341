#include "storage/s3/multipart.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/combine.h"
#include "storage/s3/xml.h"

namespace eyrie::storage::s3 {
namespace {

constexpr EventType<2> kUploadLeftBehind{
    "s3.upload_left_behind", Level::warning, {"key", "upload"}};

constexpr std::size_t kPartsMax = 10'000;

// Shared by the tasks that upload the parts; lives in the frame that awaits them all.
struct Upload {
  Exchange& exchange;
  std::string key;
  std::string id;
  Bytes data;
  std::size_t part_bytes = 0;
  std::size_t next = 0;  // the part that nobody has begun
  std::vector<UploadedPart> parts;
  Status failure;
};

Operation part_operation(const Upload& upload, std::size_t index) {
  Operation operation;
  operation.method = "PUT";
  operation.key = upload.key;
  operation.query = {{"partNumber", std::to_string(index + 1)}, {"uploadId", upload.id}};
  operation.body = upload.data.substr(index * upload.part_bytes, upload.part_bytes);
  operation.effect = Effect::writes;
  return operation;
}

// Takes parts until none is left or one has failed.
Task<Status> upload_parts(Upload& upload) {
  while (upload.next < upload.parts.size() && upload.failure.ok()) {
    const std::size_t index = upload.next++;
    Result<HttpResponse> answer = co_await upload.exchange.run(part_operation(upload, index));
    if (!answer) {
      upload.failure = std::move(answer).error();
    } else {
      upload.parts[index].number = static_cast<std::uint32_t>(index + 1);
      upload.parts[index].etag = header_or_empty(answer->headers, "etag");
    }
  }
  co_return upload.failure;
}

// S3 may begin to answer a completion before it knows the result: 200, and an error in the body.
Status check_completed(const HttpRequest&, const HttpResponse& response) {
  if (parse_upload_completed(response.body)) return {};
  const std::optional<ErrorBody> error = parse_error(response.body);
  return {Code::unknown, "the upload's completion failed: " +
                             (error ? error->code + ": " + error->message : "no result")};
}

Task<Status> complete(Upload& upload) {
  Operation operation;
  operation.method = "POST";
  operation.key = upload.key;
  operation.query = {{"uploadId", upload.id}};
  operation.body = to_xml(CompleteUploadBody{upload.parts});
  operation.effect = Effect::writes;
  operation.check = check_completed;
  Status completed = status_of(co_await upload.exchange.run(std::move(operation)));
  if (completed.category() != Category::unknown_outcome) co_return completed;
  // A repeated completion finds no upload if the first one did its work. Names are not reused (S6),
  // so an object of this name and size is this one.
  Operation look;
  look.method = "HEAD";
  look.key = upload.key;
  const Result<HttpResponse> found = co_await upload.exchange.run(std::move(look));
  if (found && number_header(found->headers, "content-length") == upload.data.size()) {
    co_return Status();
  }
  co_return completed;
}

Task<void> abort(Upload& upload) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = upload.key;
  operation.query = {{"uploadId", upload.id}};
  operation.effect = Effect::writes;
  const Status aborted = status_of(co_await upload.exchange.run(std::move(operation)));
  if (aborted.ok() || aborted.code() == Code::not_found) co_return;
  emit(upload.exchange.tracer(), kUploadLeftBehind, upload.key, upload.id);
}

Task<Result<std::string>> create(Exchange& exchange, std::string key) {
  Operation operation;
  operation.method = "POST";
  operation.key = std::move(key);
  operation.query = {{"uploads", ""}};
  operation.effect = Effect::writes;
  EYRIE_CO_TRY(const HttpResponse answer, co_await exchange.run(std::move(operation)));
  std::optional<UploadCreatedBody> created = parse_upload_created(answer.body);
  if (!created) co_return fail(Code::unavailable, "S3's answer names no upload");
  co_return std::move(created->upload_id);
}

}  // namespace

Task<Status> put_in_parts(Exchange& exchange, std::string key, Bytes data) {
  Result<std::string> id = co_await create(exchange, key);
  if (!id) {
    // Without an id nothing can ever complete the upload, whatever became of its creation.
    Status failure = std::move(id).error();
    if (failure.code() == Code::cancelled) co_return failure;
    if (failure.category() != Category::unknown_outcome) co_return failure;
    co_return Status(Code::unavailable, failure.message());
  }
  Upload upload{exchange, std::move(key), *std::move(id), std::move(data), 0, 0, {}, {}};
  const std::size_t size = upload.data.size();
  upload.part_bytes = std::max(exchange.settings().part_bytes, (size + kPartsMax - 1) / kPartsMax);
  upload.parts.resize((size + upload.part_bytes - 1) / upload.part_bytes);

  std::vector<Task<Status>> workers;
  const std::size_t parallel =
      std::min(exchange.settings().parts_parallel_max, upload.parts.size());
  for (std::size_t i = 0; i < parallel; ++i) workers.push_back(upload_parts(upload));
  co_await all(std::move(workers));

  Status status = upload.failure;
  if (status.ok()) {
    status = co_await complete(upload);
  } else if (status.category() == Category::unknown_outcome && status.code() != Code::cancelled) {
    // A part alone is no object: without completion nothing was applied.
    status = Status(Code::unavailable, status.message());
  }
  if (!status.ok()) co_await abort(upload);
  co_return status;
}

}  // namespace eyrie::storage::s3
