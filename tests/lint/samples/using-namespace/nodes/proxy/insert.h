#pragma once

using namespace std;  // FIRES
using namespace std::chrono_literals;
using eyrie::Status;
