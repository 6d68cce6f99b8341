// Who may speak to the simulated S3 service: Signature Version 4, checked by our own computation.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/http.h"
#include "runtime/time.h"
#include "storage/s3/signature.h"

namespace eyrie::storage::fakes {

// The refusal of a request that is not signed with these credentials for this region, was changed
// under way, or whose time is more than 15 minutes from `now`, the server's wall clock.
std::optional<HttpResponse> s3_refuse_signature(const HttpRequest& request,
                                                const s3::Credentials& credentials,
                                                std::string_view region, WallTime now);

}  // namespace eyrie::storage::fakes
