#include "insert.h"  // FIRES
#include "../proxy/insert.h"  // FIRES
#include "nodes/proxy/insert.h"
#include "nodes/proto/internal.pb.h"
#include "nodes/proto/absent.pb.h"  // FIRES
