#include "storage/format/columns_codec.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

template <class Number>
Bytes pack(const std::vector<Number>& numbers) {
  return Bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number));
}

template <class Number>
Result<std::vector<Number>> unpack(BytesView packed) {
  if (packed.size() % sizeof(Number) != 0) {
    return fail(Code::data_loss, "the last number of a column is incomplete");
  }
  std::vector<Number> numbers(packed.size() / sizeof(Number));
  if (!numbers.empty()) std::memcpy(numbers.data(), packed.data(), packed.size());
  return numbers;
}

template <class Number>
Result<ColumnValues> read_numbers(const proto::Column& message) {
  EYRIE_TRY(std::vector<Number> numbers, unpack<Number>(message.numbers()));
  return ColumnValues(std::move(numbers));
}

Result<ColumnValues> read_vectors(const proto::Column& message) {
  EYRIE_TRY(std::vector<float> numbers, unpack<float>(message.numbers()));
  return ColumnValues(FloatVectors{message.dimension(), std::move(numbers)});
}

template <class Repeated>
std::vector<std::string> read_texts(const Repeated& texts) {
  return std::vector<std::string>(texts.begin(), texts.end());
}

Result<ColumnValues> read_values(const proto::Column& message) {
  const bool vectors = message.type() == proto::FIELD_TYPE_FLOAT_VECTOR;
  const bool texts = message.type() == proto::FIELD_TYPE_VARCHAR;
  if ((!vectors && message.dimension() != 0) || (!texts && message.texts_size() != 0) ||
      (texts && !message.numbers().empty())) {
    return fail(Code::data_loss, "a column holds values of another type");
  }
  switch (message.type()) {
    case proto::FIELD_TYPE_BOOLEAN:
      return read_numbers<std::uint8_t>(message);
    case proto::FIELD_TYPE_INT8:
      return read_numbers<std::int8_t>(message);
    case proto::FIELD_TYPE_INT16:
      return read_numbers<std::int16_t>(message);
    case proto::FIELD_TYPE_INT32:
      return read_numbers<std::int32_t>(message);
    case proto::FIELD_TYPE_INT64:
      return read_numbers<std::int64_t>(message);
    case proto::FIELD_TYPE_FLOAT:
      return read_numbers<float>(message);
    case proto::FIELD_TYPE_DOUBLE:
      return read_numbers<double>(message);
    case proto::FIELD_TYPE_VARCHAR:
      return ColumnValues(read_texts(message.texts()));
    case proto::FIELD_TYPE_FLOAT_VECTOR:
      return read_vectors(message);
    default:
      return fail(Code::unsupported, "field " + std::to_string(message.field_id()) + " has type " +
                                         std::to_string(message.type()) +
                                         ", which this build does not know");
  }
}

}  // namespace

void write_columns(const Columns& batch, proto::Columns& message) {
  message.set_rows(batch.rows());
  for (const Column& column : batch.columns) {
    proto::Column& out = *message.add_columns();
    out.set_field_id(column.field.value);
    out.set_type(static_cast<proto::FieldType>(column.type()));
    std::visit(
        [&out](const auto& items) {
          using Values = std::decay_t<decltype(items)>;
          if constexpr (std::is_same_v<Values, FloatVectors>) {
            out.set_dimension(items.dimension);
            out.set_numbers(pack(items.values));
          } else if constexpr (std::is_same_v<Values, std::vector<std::string>>) {
            out.mutable_texts()->Add(items.begin(), items.end());
          } else {
            out.set_numbers(pack(items));
          }
        },
        column.values);
  }
}

Result<Columns> read_columns(const proto::Columns& message) {
  Columns batch;
  batch.columns.reserve(static_cast<std::size_t>(message.columns_size()));
  for (const proto::Column& in : message.columns()) {
    EYRIE_TRY(ColumnValues values, read_values(in));
    batch.columns.push_back({FieldId(in.field_id()), std::move(values)});
  }
  if (Status status = validate(batch); !status.ok()) {
    return fail(Code::data_loss, status.message());
  }
  if (batch.rows() != message.rows()) {
    return fail(Code::data_loss, "a batch has another number of rows than it says");
  }
  return batch;
}

void write_keys(const PrimaryKeys& keys, proto::PrimaryKeys& message) {
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&keys.values)) {
    message.set_integers(pack(*numbers));
    return;
  }
  const auto& texts = std::get<std::vector<std::string>>(keys.values);
  message.mutable_texts()->mutable_values()->Add(texts.begin(), texts.end());
}

Result<PrimaryKeys> read_keys(const proto::PrimaryKeys& message) {
  switch (message.kind_case()) {
    case proto::PrimaryKeys::kIntegers: {
      EYRIE_TRY(std::vector<std::int64_t> numbers, unpack<std::int64_t>(message.integers()));
      return PrimaryKeys(std::move(numbers));
    }
    case proto::PrimaryKeys::kTexts:
      return PrimaryKeys(read_texts(message.texts().values()));
    case proto::PrimaryKeys::KIND_NOT_SET:
      break;
  }
  return fail(Code::data_loss, "a batch of keys has no kind");
}

Bytes pack_timestamps(const std::vector<Timestamp>& timestamps) {
  Bytes packed;
  packed.reserve(timestamps.size() * sizeof(std::int64_t));
  for (const Timestamp timestamp : timestamps) append_little_endian(packed, timestamp.value);
  return packed;
}

Result<std::vector<Timestamp>> unpack_timestamps(BytesView packed) {
  EYRIE_TRY(std::vector<std::int64_t> numbers, unpack<std::int64_t>(packed));
  std::vector<Timestamp> timestamps;
  timestamps.reserve(numbers.size());
  for (const std::int64_t number : numbers) {
    if (number <= 0) return fail(Code::data_loss, "a row has no timestamp");
    timestamps.emplace_back(number);
  }
  return timestamps;
}

namespace {

// Calls `take` with each number in turn.
template <class Take>
void sum_up(const Steps& steps, Take take) {
  std::uint64_t sum = 0;
  for (const std::int64_t step : steps) {
    sum += static_cast<std::uint64_t>(step);
    take(static_cast<std::int64_t>(sum));
  }
}

class StepWriter {
 public:
  explicit StepWriter(Steps& steps) : steps_(steps) {}
  void add(std::int64_t number) {
    const auto unsigned_number = static_cast<std::uint64_t>(number);
    steps_.Add(static_cast<std::int64_t>(unsigned_number - before_));
    before_ = unsigned_number;
  }

 private:
  Steps& steps_;
  std::uint64_t before_ = 0;
};

}  // namespace

void write_steps(const std::vector<std::int64_t>& numbers, Steps& steps) {
  steps.Reserve(static_cast<int>(numbers.size()));
  StepWriter writer(steps);
  for (const std::int64_t number : numbers) writer.add(number);
}

std::vector<std::int64_t> read_steps(const Steps& steps) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(static_cast<std::size_t>(steps.size()));
  sum_up(steps, [&](std::int64_t number) { numbers.push_back(number); });
  return numbers;
}

void write_timestamps(const std::vector<Timestamp>& timestamps, Steps& steps) {
  steps.Reserve(static_cast<int>(timestamps.size()));
  StepWriter writer(steps);
  for (const Timestamp timestamp : timestamps) writer.add(timestamp.value);
}

std::vector<Timestamp> read_timestamps(const Steps& steps) {
  std::vector<Timestamp> timestamps;
  timestamps.reserve(static_cast<std::size_t>(steps.size()));
  sum_up(steps, [&](std::int64_t number) { timestamps.emplace_back(number); });
  return timestamps;
}

}  // namespace eyrie::storage
