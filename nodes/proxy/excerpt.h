// What a caller sent, as a refusal repeats it.
#pragma once

#include <string>
#include <string_view>

namespace eyrie::proxy {

// Of a long text its beginning: a refusal that does not fit a message would be an unknown outcome.
// In whole characters, for an answer's text has to be valid UTF-8, too.
std::string excerpt(std::string_view text);

}  // namespace eyrie::proxy
