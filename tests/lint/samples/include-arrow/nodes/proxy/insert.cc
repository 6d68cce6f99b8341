#include "nodes/proxy/insert.h"

#include "nodes/query/search.h"  // FIRES
#include "runtime/status.h"
#include "sim/world.h"  // FIRES
#include "storage/fakes/etcd.h"  // FIRES
