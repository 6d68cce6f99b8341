#include "storage/etcd/wire.h"

namespace eyrie::storage {

std::string_view path_of(EtcdMethod method) {
  switch (method) {
    case EtcdMethod::range:
      return "/etcdserverpb.KV/Range";
    case EtcdMethod::put:
      return "/etcdserverpb.KV/Put";
    case EtcdMethod::delete_range:
      return "/etcdserverpb.KV/DeleteRange";
    case EtcdMethod::txn:
      return "/etcdserverpb.KV/Txn";
    case EtcdMethod::compact:
      return "/etcdserverpb.KV/Compact";
    case EtcdMethod::lease_grant:
      return "/etcdserverpb.Lease/LeaseGrant";
    case EtcdMethod::lease_revoke:
      return "/etcdserverpb.Lease/LeaseRevoke";
    case EtcdMethod::lease_time_to_live:
      return "/etcdserverpb.Lease/LeaseTimeToLive";
    case EtcdMethod::status:
      return "/etcdserverpb.Maintenance/Status";
    case EtcdMethod::watch:
      return "/etcdserverpb.Watch/Watch";
    case EtcdMethod::lease_keep_alive:
      return "/etcdserverpb.Lease/LeaseKeepAlive";
  }
  return "";
}

}  // namespace eyrie::storage
