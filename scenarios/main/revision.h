// The revision of the source that this program was built from, as git describes it; "unknown"
// outside a clone. Nothing but case files carries it.
#pragma once

namespace eyrie::scenarios {

const char* source_revision();

}  // namespace eyrie::scenarios
