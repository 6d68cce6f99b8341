#include "storage/fakes/wal_state.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"

namespace eyrie::storage::fakes {
namespace {

std::string terms(WalTerm asked, WalTerm opened) {
  return "term " + std::to_string(asked) + " is asked for, term " + std::to_string(opened) +
         " was opened";
}

}  // namespace

Result<WalPosition> WalState::open(const std::string& channel, WalTerm term, std::size_t settled) {
  if (term <= 0) return fail(Code::invalid_argument, "a term is positive");
  const WalTerm opened = this->term(channel);
  if (term <= opened) return fail(Code::fenced, terms(term, opened));  // (1)
  const std::size_t fate = std::min(settled, pending(channel));
  make_durable(channel, opened, durable_end(channel) + fate);
  pending_.erase(channel);  // (4)
  WalChannelLog& log = durable_.channels[channel];
  log.term = term;
  return log.next();
}

Status WalState::append(const std::string& channel, WalTerm term, WalPosition position,
                        Bytes record) {
  const WalChannelLog* log = find(channel);
  if (log == nullptr || log->term != term) {
    return {Code::fenced, terms(term, this->term(channel))};
  }
  std::deque<WalRecord>& waiting = pending_[channel];
  const WalPosition next = log->next() + waiting.size();
  if (position != next) {  // (2)
    return {Code::failed_precondition, "position " + std::to_string(position) + " was sent, " +
                                           std::to_string(next) + " is next"};
  }
  waiting.push_back({term, std::move(record)});
  return {};
}

void WalState::make_durable(const std::string& channel, WalTerm term, WalPosition through) {
  const auto found = durable_.channels.find(channel);
  if (found == durable_.channels.end() || found->second.term != term) return;  // (4)
  WalChannelLog& log = found->second;
  std::deque<WalRecord>& waiting = pending_[channel];
  while (!waiting.empty() && log.next() <= through) {  // (3)
    EYRIE_CHECK(waiting.front().term == log.term, "a record of another term was pending");
    log.records.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
}

void WalState::drop_pending(const std::string& channel, WalTerm term) {
  if (this->term(channel) == term) pending_.erase(channel);
}

Result<WalEntry> WalState::read(const std::string& channel, WalPosition position) const {
  const WalChannelLog* log = find(channel);
  if (log == nullptr || position >= log->next()) {
    return fail(Code::not_found, "no durable record has position " + std::to_string(position));
  }
  if (position < log->first) {
    return fail(Code::out_of_range, "position " + std::to_string(position) +
                                        " was truncated; the log begins at " +
                                        std::to_string(log->first));
  }
  const WalRecord& record = log->records[position - log->first];
  return WalEntry{position, record.term, record.bytes};
}

Status WalState::truncate(const std::string& channel, WalTerm term, WalPosition through) {
  const auto found = durable_.channels.find(channel);
  if (found == durable_.channels.end() || found->second.term != term) {
    return {Code::fenced, terms(term, this->term(channel))};
  }
  WalChannelLog& log = found->second;
  if (through >= log.next()) {  // (5)
    return {Code::out_of_range, "cannot truncate up to " + std::to_string(through) +
                                    ", the last record is " + std::to_string(log.next() - 1)};
  }
  while (log.first <= through) {
    log.records.pop_front();
    ++log.first;
  }
  return {};
}

WalTerm WalState::term(const std::string& channel) const {
  const WalChannelLog* log = find(channel);
  return log == nullptr ? 0 : log->term;
}

WalPosition WalState::durable_end(const std::string& channel) const {
  const WalChannelLog* log = find(channel);
  return log == nullptr ? 0 : log->next() - 1;
}

std::size_t WalState::pending(const std::string& channel) const {
  const auto found = pending_.find(channel);
  return found == pending_.end() ? 0 : found->second.size();
}

const WalChannelLog* WalState::find(const std::string& channel) const {
  const auto found = durable_.channels.find(channel);
  return found == durable_.channels.end() ? nullptr : &found->second;
}

}  // namespace eyrie::storage::fakes
