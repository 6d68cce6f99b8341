#include "storage/format/wal_record.h"

#include <type_traits>
#include <utility>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"
#include "storage/format/envelope.h"
#include "storage/format/proto/wal_record.pb.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYWR", "log record", 1};

Status invalid(std::string what) {
  return Status(Code::invalid_argument, "log record: " + std::move(what));
}

Status validate_home(CollectionId collection, const std::string& virtual_channel) {
  if (!collection.valid()) return invalid("it names no collection");
  if (virtual_channel.empty()) return invalid("it names no virtual channel");
  return {};
}

Status validate_body(const TimeTickRecord&) {
  return {};
}

Status validate_body(const InsertRecord& insert) {
  EYRIE_RETURN_IF_ERROR(validate_home(insert.collection, insert.virtual_channel));
  if (!insert.partition.valid() || !insert.segment.valid()) {
    return invalid("an insert names no partition or no segment");
  }
  if (insert.columns.rows() == 0) return invalid("an insert has no rows");
  return validate(insert.columns);
}

Status validate_body(const DeleteRecord& deletion) {
  EYRIE_RETURN_IF_ERROR(validate_home(deletion.collection, deletion.virtual_channel));
  return deletion.keys.empty() ? invalid("a delete has no keys") : Status();
}

Status validate_body(const UpsertRecord& upsert) {
  EYRIE_RETURN_IF_ERROR(validate_body(upsert.insert));
  return upsert.deleted.empty() ? invalid("an upsert deletes no keys") : Status();
}

template <class Body>
Status validate_body(const Body& body) {
  return validate_home(body.collection, body.virtual_channel);
}

void write_insert(const InsertRecord& insert, proto::WalRecord::Insert& out) {
  out.set_collection(insert.collection.value);
  out.set_partition(insert.partition.value);
  out.set_segment(insert.segment.value);
  out.set_virtual_channel(insert.virtual_channel);
  write_columns(insert.columns, *out.mutable_columns());
}

void write_body(const TimeTickRecord&, proto::WalRecord& out) {
  out.mutable_time_tick();
}

void write_body(const InsertRecord& insert, proto::WalRecord& out) {
  write_insert(insert, *out.mutable_insert());
}

void write_body(const DeleteRecord& deletion, proto::WalRecord& out) {
  proto::WalRecord::Delete& body = *out.mutable_delete_();
  body.set_collection(deletion.collection.value);
  body.set_partition(deletion.partition.value);
  body.set_virtual_channel(deletion.virtual_channel);
  write_keys(deletion.keys, *body.mutable_keys());
}

void write_body(const UpsertRecord& upsert, proto::WalRecord& out) {
  write_insert(upsert.insert, *out.mutable_upsert()->mutable_insert());
  write_keys(upsert.deleted, *out.mutable_upsert()->mutable_deleted());
}

void write_body(const CreateCollectionRecord& create, proto::WalRecord& out) {
  proto::WalRecord::CreateCollection& body = *out.mutable_create_collection();
  body.set_collection(create.collection.value);
  body.set_virtual_channel(create.virtual_channel);
  for (const PartitionId partition : create.partitions) body.add_partitions(partition.value);
  body.set_schema(create.schema);
}

void write_body(const DropCollectionRecord& drop, proto::WalRecord& out) {
  out.mutable_drop_collection()->set_collection(drop.collection.value);
  out.mutable_drop_collection()->set_virtual_channel(drop.virtual_channel);
}

void write_body(const FlushRecord& flush, proto::WalRecord& out) {
  out.mutable_flush()->set_collection(flush.collection.value);
  out.mutable_flush()->set_virtual_channel(flush.virtual_channel);
}

Result<InsertRecord> read_insert(const proto::WalRecord::Insert& in) {
  EYRIE_TRY(Columns columns, read_columns(in.columns()));
  return InsertRecord{CollectionId(in.collection()), PartitionId(in.partition()),
                      SegmentId(in.segment()), in.virtual_channel(), std::move(columns)};
}

Status read_body(const proto::WalRecord& in, WalRecord& record) {
  switch (in.body_case()) {
    case proto::WalRecord::kTimeTick:
      record.body = TimeTickRecord{};
      return {};
    case proto::WalRecord::kInsert: {
      EYRIE_TRY(record.body, read_insert(in.insert()));
      return {};
    }
    case proto::WalRecord::kDelete: {
      const proto::WalRecord::Delete& body = in.delete_();
      EYRIE_TRY(PrimaryKeys keys, read_keys(body.keys()));
      record.body = DeleteRecord{CollectionId(body.collection()), PartitionId(body.partition()),
                                 body.virtual_channel(), std::move(keys)};
      return {};
    }
    case proto::WalRecord::kUpsert: {
      EYRIE_TRY(InsertRecord insert, read_insert(in.upsert().insert()));
      EYRIE_TRY(PrimaryKeys deleted, read_keys(in.upsert().deleted()));
      record.body = UpsertRecord{std::move(insert), std::move(deleted)};
      return {};
    }
    case proto::WalRecord::kCreateCollection: {
      const proto::WalRecord::CreateCollection& body = in.create_collection();
      CreateCollectionRecord create{
          CollectionId(body.collection()), body.virtual_channel(), {}, body.schema()};
      for (const std::int64_t id : body.partitions()) create.partitions.emplace_back(id);
      record.body = std::move(create);
      return {};
    }
    case proto::WalRecord::kDropCollection:
      record.body = DropCollectionRecord{CollectionId(in.drop_collection().collection()),
                                         in.drop_collection().virtual_channel()};
      return {};
    case proto::WalRecord::kFlush:
      record.body =
          FlushRecord{CollectionId(in.flush().collection()), in.flush().virtual_channel()};
      return {};
    case proto::WalRecord::BODY_NOT_SET:
      break;
  }
  return Status(Code::unsupported, "log record of a kind that this build does not know");
}

}  // namespace

Status validate(const WalRecord& record) {
  if (record.timestamp.value <= 0) return invalid("it has no timestamp");
  if (record.position == 0) return invalid("it has no position");
  if (record.term <= 0) return invalid("it has no term");
  if (record.physical_channel.empty()) return invalid("it names no physical channel");
  return std::visit([](const auto& body) { return validate_body(body); }, record.body);
}

Result<Bytes> encode_wal_record(const WalRecord& record) {
  EYRIE_RETURN_IF_ERROR(validate(record));
  proto::WalRecord message;
  message.set_timestamp(record.timestamp.value);
  message.set_position(record.position);
  message.set_term(record.term);
  message.set_physical_channel(record.physical_channel);
  std::visit([&message](const auto& body) { write_body(body, message); }, record.body);
  return seal_envelope(kKind, encode(message));
}

Result<WalRecord> decode_wal_record(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  EYRIE_TRY(const auto message, decode<proto::WalRecord>(envelope.payload, kKind.name));
  WalRecord record{Timestamp(message.timestamp()),
                   message.position(),
                   message.term(),
                   message.physical_channel(),
                   {}};
  EYRIE_RETURN_IF_ERROR(read_body(message, record));
  if (Status status = validate(record); !status.ok()) {
    return fail(Code::data_loss, status.message());
  }
  return record;
}

Status check_place(const WalRecord& record, std::string_view physical_channel,
                   std::uint64_t position, std::int64_t term) {
  if (record.physical_channel == physical_channel && record.position == position &&
      record.term == term) {
    return {};
  }
  return Status(Code::data_loss, "log record of channel '" + record.physical_channel +
                                     "', position " + std::to_string(record.position) + ", term " +
                                     std::to_string(record.term) + " was found in channel '" +
                                     std::string(physical_channel) + "', position " +
                                     std::to_string(position) + ", term " + std::to_string(term));
}

}  // namespace eyrie::storage
