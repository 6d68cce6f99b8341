// ShardCaller: sends one request to the owner of a shard's channel, and sends it again as long as
// it certainly was not applied (D2, D3).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "nodes/proxy/metadata.h"
#include "nodes/proxy/options.h"
#include "runtime/rpc/back_off.h"
#include "runtime/rpc/pool.h"

namespace eyrie::proxy {

class ShardCaller {
 public:
  ShardCaller(Environment& environment, Metadata& metadata, rpc::ChannelPool& pool,
              const ProxyOptions& options)
      : environment_(environment), metadata_(metadata), pool_(pool), options_(options) {}

  // make(route) builds the request for that owner. `repeatable` (reads): also after an unknown
  // outcome. The last failure, once no further attempt begins (rpc::last_attempt).
  //
  // A channel that moved is found in two ways. A node that knows of the move, or never had the
  // channel, says so (fenced, not_leader): its route is forgotten at once. One that is cut off, is
  // gone, hangs, or gave the channel up and has heard nothing since, is out of reach, silent or
  // unavailable, as is a shard that is being loaded: its route is doubted, and the next call asks
  // for a newer one.
  template <class Response, class MakeRequest>
  Task<Result<Response>> call(std::string channel, std::string method, MakeRequest make,
                              bool repeatable, MonotonicTime deadline) {
    rpc::BackOff back_off(options_.back_off_min, options_.back_off_max,
                          environment_.random.stream("shard").stream(++calls_));
    const MonotonicTime last_begin = rpc::last_attempt(environment_.clock.monotonic(), deadline);
    Status failure;
    while (true) {
      const Result<internal::Route> route = co_await metadata_.route(channel, last_begin);
      if (!route && !may_repeat(route.error(), true)) co_return fail(route.error());
      const bool late = environment_.clock.monotonic() >= last_begin;
      if (late && !failure.ok()) co_return fail(failure);
      if (route) {
        const auto request = make(*route);
        Result<Response> answer = co_await call_once<Response>(*route, method, request, deadline);
        if (answer) co_return answer;
        failure = answer.error();
        learn_from(failure, *route);
        if (!may_repeat(failure, repeatable)) co_return fail(failure);
      } else {
        failure = route.error();
      }
      const MonotonicTime next = environment_.clock.monotonic() + back_off.next();
      if (next >= last_begin) co_return fail(failure);
      EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(next));
    }
  }

 private:
  template <class Response, class Request>
  Task<Result<Response>> call_once(internal::Route route, std::string method, Request request,
                                   MonotonicTime deadline) {
    EYRIE_CO_TRY(const Address address, parse_address(route.address()));
    EYRIE_CO_TRY(rpc::ChannelLease channel, pool_.get(address));
    rpc::CallOptions options;
    options.deadline = deadline;
    options.target_incarnation = IncarnationId(route.incarnation());
    co_return co_await rpc::call<Response>(*channel, std::move(method), request, options);
  }

  void learn_from(const Status& failure, const internal::Route& route) {
    if (failure.code() == Code::fenced || failure.code() == Code::not_leader) {
      metadata_.forget_route(route.channel(), route.term());
    } else if (failure.code() == Code::unavailable || failure.code() == Code::unknown ||
               failure.code() == Code::deadline_exceeded) {
      metadata_.doubt_route(route.channel(), route.term());
    }
  }

  static bool may_repeat(const Status& failure, bool repeatable) {
    // A term or incarnation that is not the newest did nothing; the newest one will be found.
    if (failure.code() == Code::fenced) return true;
    if (failure.category() == Category::transient) return true;
    return repeatable && failure.code() == Code::unknown;
  }

  Environment& environment_;
  Metadata& metadata_;
  rpc::ChannelPool& pool_;
  const ProxyOptions& options_;
  std::uint64_t calls_ = 0;
};

}  // namespace eyrie::proxy
