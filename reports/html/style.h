// The page's style: one sheet, no file, no font from elsewhere.
#pragma once

#include <string>

namespace eyrie::reports {

std::string page_style();

}  // namespace eyrie::reports
